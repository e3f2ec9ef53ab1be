"""A text as it is decoded, token by token."""

from collections.abc import Callable
from dataclasses import dataclass, field

from cotutor.records import Finish

DROP_AT = 1 / 8
"""The share of a batch's rows that must be done to leave it: leaving costs a copy of the cache."""

_STOP_EVERY = 8  # steps between two looks for stop strings: looking costs a decoding of the text


@dataclass
class Row:
    """A prompt to continue by at most `limit` tokens, and what has been written so far.

    `written` holds the end token, too, where one came; `logs` are the log-probabilities of
    what is written, at temperature 1. `draft` is what may come: it can save calls of the model,
    and changes nothing of what is written.
    """

    prompt: list[int]
    limit: int
    seed: int = 0
    draft: list[int] = field(default_factory=list)
    written: list[int] = field(default_factory=list)
    logs: list[float] = field(default_factory=list)
    finish: Finish = "unknown"

    def write(self, token: int, log: float, how: "Decoding") -> None:
        """Put a token behind the text, unless that has ended; it may end with it."""
        if self.finish != "unknown":
            return
        self.written.append(token)
        self.logs.append(log)
        if token in how.ends:
            self.finish = "stop"
        elif len(self.written) == self.limit:
            self.finish = "length"
        if how.stopped_at is None or (self.finish == "unknown" and len(self.written) % _STOP_EVERY):
            return
        enough = how.stopped_at(self.written)
        if enough is not None:
            self.written, self.logs = self.written[:enough], self.logs[:enough]
            self.finish = "stop"


@dataclass(frozen=True)
class Decoding:
    """How tokens are chosen and when a row ends.

    `stopped_at` returns how many of a row's written tokens are enough to hold a
    stop string, None when they hold none; it is None where there are no stop strings.
    """

    ends: frozenset[int]
    temperature: float = 0.0
    top_p: float | None = None
    stopped_at: Callable[[list[int]], int | None] | None = None
