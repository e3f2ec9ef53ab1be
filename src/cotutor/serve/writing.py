"""From a request to texts: what a client may ask for, and waiting for what comes."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from functools import partial

from cotutor.generate.writing import Ask, Written
from cotutor.records import digest
from cotutor.serve.protocol import Refusal
from cotutor.serve.settings import Limits
from cotutor.serve.shelf import Version
from cotutor.serve.steps import Text
from cotutor.serve.worker import Worker


def token_limit(asked: int | None, limits: Limits) -> int:
    """Return how many tokens each choice gets.

    Raises:
        Refusal: it asks for more than is allowed.

    """
    if asked is not None and asked > limits.tokens:
        raise Refusal(400, f"max_tokens is at most {limits.tokens}", param="max_tokens")
    return min(limits.default_tokens, limits.tokens) if asked is None else asked


def check_choices(choices: int, limits: Limits) -> None:
    """Refuse more choices than are allowed.

    Raises:
        Refusal: there are more.

    """
    if choices > limits.choices:
        raise Refusal(400, f"prompts times samples are {choices}, at most {limits.choices}")


def seeds(seed: int | None, n: int) -> list[int]:
    """Return a seed for each of `n` samples: the same ones for the same `seed`, else fresh ones."""
    first = secrets.randbits(62) if seed is None else seed
    return [int(digest("sample", first, at), 16) % 2**31 for at in range(n)]


class Writing:
    """Texts on their way, given up when `held` is closed."""

    def __init__(
        self,
        worker: Worker,
        version: Version,
        asks: Sequence[Ask],
        held: ExitStack,
        *,
        is_streamed: bool = False,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._news: asyncio.Queue[tuple[int, str | Future[Written]]] = asyncio.Queue()
        tells = [partial(self._put, at) if is_streamed else None for at in range(len(asks))]
        self._texts = [Text(version, ask, tell) for ask, tell in zip(asks, tells, strict=True)]
        for at, text in enumerate(self._texts):
            text.written.add_done_callback(partial(self._put, at))
        held.callback(self._give_up)
        worker.submit(self._texts)

    async def all(self) -> list[Written]:
        """Return all texts when they are finished.

        Raises:
            Refusal: a prompt is too long.

        """
        return [_sound(await asyncio.wrap_future(text.written)) for text in self._texts]

    async def growing(self) -> AsyncIterator[tuple[int, str | Written]]:
        """Yield which text has grown to what, and each finished text as `Written`."""
        left = len(self._texts)
        while left:
            at, news = await self._news.get()
            if isinstance(news, Future):
                left -= 1
                yield at, _sound(news.result())
            else:
                yield at, news

    def _put(self, at: int, news: "str | Future[Written]") -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._news.put_nowait, (at, news))

    def _give_up(self) -> None:
        for text in self._texts:
            text.written.cancel()


def _sound(written: Written) -> Written:
    if written.error is not None:
        raise Refusal(400, written.error, code="context_length_exceeded")
    return written
