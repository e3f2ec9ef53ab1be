"""A second opinion by math-verify, which is optional, on numbers and expressions.

It is no second decision: it changes no verdict, and shows where ours may be wrong.
math-verify hands text to sympy and stops itself by an alarm signal, so it works in
the main thread only; a deadline passed there is no opinion, and counted.
"""

import importlib
from collections import Counter
from typing import Any

from cotutor.errors import ConfigError
from cotutor.format import parse
from cotutor.records import Kind, Outcome, Problem, Verdict
from cotutor.verify.transcripts import Transcript

KINDS: tuple[Kind, ...] = ("number", "expression")
DEADLINE = 5  # seconds, for a reading and for a comparison
LISTED = 1_000  # differences kept; all are counted
SHOWN = 80  # characters of either end of an answer text in the list


class Audit:
    """Compares verdicts with the opinions of math-verify.

    Raises:
        ConfigError: math-verify is not installed.

    """

    def __init__(self) -> None:
        self._library = _library()
        self._counts: Counter[str] = Counter()
        self._differences: list[dict[str, Any]] = []

    def add(self, transcript: Transcript, verdict: Verdict) -> None:
        """Ask for a second opinion on a verdict, where ours is one and the kind is known there."""
        problem = transcript.problem
        if problem.kind not in KINDS or verdict.outcome == "unscored":
            self._counts["not asked"] += 1
            return
        text = parse(transcript.trace).answer or ""
        theirs = self._opinion(problem, text)
        if theirs == "unscored":
            self._counts["failed"] += 1
        elif theirs == verdict.outcome:
            self._counts["agree"] += 1
        else:
            self._counts["differ"] += 1
            self._list(transcript, " ".join(text.split()), verdict, theirs)

    def summary(self) -> dict[str, Any]:
        """Return the counts, and the first differences in the order of the rows."""
        counts = {name: self._counts[name] for name in ("agree", "differ", "failed", "not asked")}
        return {**counts, "differences": self._differences}

    def _list(self, transcript: Transcript, text: str, verdict: Verdict, theirs: Outcome) -> None:
        if len(self._differences) < LISTED:
            is_long = len(text) > 2 * SHOWN
            self._differences.append({
                "row": transcript.place,
                "gold": transcript.problem.gold,
                "text": f"{text[:SHOWN]} … {text[-SHOWN:]}" if is_long else text,
                "ours": verdict.outcome,
                "answer": verdict.answer,
                "math_verify": theirs,
            })  # fmt: skip

    def _opinion(self, problem: Problem, text: str) -> Outcome:
        is_bare = problem.kind == "expression" and not {"$", "\\"} & set(problem.gold)
        limits = {"parsing_timeout": DEADLINE, "raise_on_error": True}
        try:
            gold = self._library.parse(f"${problem.gold}$" if is_bare else problem.gold, **limits)
            given = self._library.parse(text, **limits)
            is_same = self._library.verify(
                gold, given, timeout_seconds=DEADLINE, raise_on_error=True
            )
        except self._library.errors.TimeoutException:
            return "unscored"
        except Exception:  # noqa: BLE001 - whatever goes wrong in there is no opinion
            return "unscored"
        if not gold:
            return "unscored"
        return "correct" if is_same else "incorrect"


def _library() -> Any:
    try:
        importlib.import_module("math_verify.errors")
        return importlib.import_module("math_verify")
    except ImportError as error:
        raise ConfigError(
            "an audit needs math-verify, which is not installed: pip install 'cotutor[audit]'"
        ) from error
