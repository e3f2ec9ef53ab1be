"""Strategies that a client asks for: which, how large, and a writer for them."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from cotutor.errors import BackendError
from cotutor.generate.writing import Ask, Written
from cotutor.reason import Strategy
from cotutor.serve.protocol import Refusal
from cotutor.serve.settings import Limits
from cotutor.serve.shelf import Version
from cotutor.serve.steps import Text
from cotutor.serve.worker import Worker
from cotutor.student import read_strategy

_COUNTS = ("samples", "round", "branch", "beam", "depth", "votes", "steps")
_TOKENS = ("max_tokens", "answer_max_tokens", "thought_max_tokens")
_REST = (
    "kind", "prompt", "calculator", "temperature", "top_p", "weighted", "scorer", "aggregate",
    "search", "thoughts", "step", "value", "threshold", "max_calls", "budget",
)  # fmt: skip


def strategy_of(fields: dict[str, Any], limits: Limits) -> Strategy:
    """Return the strategy that a request names.

    Tools that read files or run code, and prompts, are for run files, not for callers.

    Raises:
        Refusal: it is none of those, or too large.
        ConfigError: there is no such strategy or setting.

    """
    for name, value in fields.items():
        if name not in (*_COUNTS, *_TOKENS, *_REST):
            raise Refusal(400, f"strategy.{name[:80]} is not for requests", param="strategy")
        most = limits.choices if name in _COUNTS else limits.tokens
        if name not in _REST and isinstance(value, int) and value > most:
            raise Refusal(400, f"strategy.{name} is at most {most}", param="strategy")
    return read_strategy({"max_tokens": min(limits.default_tokens, limits.tokens)} | fields)


class QueuedWriter:
    """A writer for the thread of a strategy: its texts wait in the queue with those of others.

    Args:
        worker: it writes them.
        version: the version that the request began with.
        most: the most texts that the strategy may have written.

    """

    def __init__(self, worker: Worker, version: Version, most: int) -> None:
        self.name = version.fingerprint
        self._worker, self._version, self._left = worker, version, most
        self._texts: list[Text] = []
        self._is_open = True

    def keeping(self) -> AbstractContextManager[None]:
        """Hold nothing: other texts, of other versions, come between."""
        return nullcontext()

    def begun_tokens(self, asks: Sequence[Ask]) -> None:
        """Return None: nobody asks here."""

    def write(self, asks: Sequence[Ask]) -> list[Written]:
        """Continue every text.

        Raises:
            Refusal: the strategy has too many written.
            BackendError: nobody waits for the result any more, or the student cannot go on from
                what is begun.

        """
        self._left -= len(asks)
        if self._left < 0:
            raise Refusal(400, "the strategy takes more texts than this server allows")
        self._version.writer.check(asks)
        self._texts = [Text(self._version, ask) for ask in asks]
        if not self._is_open:
            raise BackendError("the client hung up")
        self._worker.submit(self._texts)
        return [text.written.result() for text in self._texts]

    def likelihood(self, asks: Sequence[Ask], texts: Sequence[str]) -> list[float]:
        """Return the log-probability of each text behind its ask."""

        def on_models_thread() -> list[float]:
            self._version.activate()
            return self._version.writer.likelihood(asks, texts)

        return self._worker.run(on_models_thread).result()

    def close(self) -> None:
        """Give up what is waited for: the strategy's present or next call raises."""
        self._is_open = False
        for text in self._texts:
            text.written.cancel()
