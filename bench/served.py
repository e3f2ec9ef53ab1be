"""`cotutor serve` as a process of its own, as its users start it."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Running:
    """A server that listens at `url`; `said` grows with what it prints."""

    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)
    url: str = ""

    def end(self, seconds: float = 30) -> int:
        """Ask it to end, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)


@contextmanager
def serving(*arguments: str, **environment: str) -> Iterator[Running]:
    """A server with those arguments on a free port, ended at last."""
    command = [sys.executable, "-m", "cotutor", "serve", *map(str, arguments), "--port", "0"]
    env = {**os.environ, "OMP_NUM_THREADS": "1", **environment}
    process = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)
    running, is_up = Running(process), threading.Event()

    def listen() -> None:
        for line in process.stderr:
            running.said.append(line)
            if found := re.search(r"http://\S+", line):
                running.url = found[0]
                is_up.set()
        is_up.set()

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        is_up.wait(120)
        assert running.url, "".join(running.said)
        yield running
    finally:
        process.kill()
        process.wait()
        listener.join()
        process.stderr.close()
