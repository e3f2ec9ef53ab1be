"""Symbolic equality, decided by sympy in a child process with a deadline.

One child serves the whole process, one question at a time, from any thread. It
is started at the first question, killed when a question passes its deadline
and started anew for the next, and ends with its parent.
"""

import atexit
import json
import os
import queue
import subprocess
import sys
import threading
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, Literal

from cotutor.verify.expression.terms import Name, Node, Num

# Seconds for the child to import sympy; not part of any deadline.
START = 60.0

_PROVER = Path(__file__).with_name("prover.py")


class Undecided(Exception):
    """Whether two answers are equal was not decided in time, or within the caps."""


@lru_cache(maxsize=4096)
def prove(a: Node, b: Node, *, are: Literal["equal", "proportional"], deadline: float) -> bool:
    """Say whether two terms are equal, or constant multiples of each other.

    Raises:
        Undecided: sympy did not decide it within `deadline` seconds.

    """
    line = json.dumps({"are": are, "a": _tree(a), "b": _tree(b)})
    found = _CHILD.ask(line, deadline)
    if found not in ("yes", "no"):
        raise Undecided("not decided by sympy")
    return found == "yes"


def _tree(node: Node) -> list[Any]:
    if isinstance(node, Num):
        return ["number", str(node.value.numerator), str(node.value.denominator)]
    if isinstance(node, Name):
        return ["name", node.name]
    return [node.head, *map(_tree, node.args)]


class _Child:
    """The child process, answered line by line."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.process: subprocess.Popen[str] | None = None
        self.answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.is_answered = True

    def ask(self, line: str, deadline: float) -> str:
        """Return the child's answer; others wait for their turn, which is not counted."""
        with self.lock:
            self.is_answered = False
            try:
                stdin = self.started().stdin
                assert stdin is not None
                stdin.write(f"{line}\n")
                stdin.flush()
                return self.answered(deadline)
            except OSError as error:
                raise Undecided(f"sympy's process failed: {error}") from error
            finally:
                if not self.is_answered:  # late, gone or interrupted: its answer may still come
                    self.stop()

    def started(self) -> subprocess.Popen[str]:
        """Return the running child, started where there is none."""
        if self.process is None or self.process.poll() is not None:
            self.stop()
            self.answers = queue.SimpleQueue()
            self.process = subprocess.Popen(
                [sys.executable, "-P", str(_PROVER)], text=True, encoding="utf-8",
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            listening = (self.process.stdout, self.answers)
            threading.Thread(target=_listen, args=listening, daemon=True).start()
            self.answered(START)
        return self.process

    def answered(self, deadline: float) -> str:
        """Return the next line the child writes."""
        self.is_answered = False
        try:
            found = self.answers.get(timeout=deadline)
        except queue.Empty:
            raise Undecided(f"not decided within {deadline:g} seconds") from None
        if not found:
            raise Undecided("sympy's process ended")
        self.is_answered = True
        return found

    def stop(self) -> None:
        """Kill the child, if there is one."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            with suppress(OSError):  # what was not flushed goes with the child
                assert self.process.stdin is not None
                self.process.stdin.close()
        self.process = None


def _listen(lines: IO[str], answers: "queue.SimpleQueue[str]") -> None:
    """Pass on what the child writes, and an empty line when it ends."""
    with lines, suppress(OSError):
        for line in lines:
            answers.put(line.strip())
    answers.put("")


def _forget() -> None:
    """Leave the child to the process that started it: a fork starts its own."""
    global _CHILD
    _LEFT.append(_CHILD)
    _CHILD = _Child()


_CHILD = _Child()
_LEFT: list[_Child] = []
atexit.register(lambda: _CHILD.stop())
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
