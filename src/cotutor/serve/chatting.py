"""`/v1/chat/completions`: a question, put into the student's own format."""

from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial

import anyio

from cotutor.generate.writing import Ask, Written
from cotutor.serve.answers import DONE, Body, Envelope, counts, delta, message, opening, usage
from cotutor.serve.endpoint import Events
from cotutor.serve.metrics import Metrics
from cotutor.serve.protocol import ChatRequest, Refusal
from cotutor.serve.settings import Limits
from cotutor.serve.shelf import Version
from cotutor.serve.splitting import Shown, growing, whole
from cotutor.serve.strategies import QueuedWriter, strategy_of
from cotutor.serve.worker import Worker
from cotutor.serve.writing import Writing, check_choices, seeds, token_limit
from cotutor.student import asking, reasoned, votes


@dataclass(frozen=True)
class Chatting:
    """Answers questions with a worker, within limits."""

    worker: Worker
    limits: Limits
    metrics: Metrics

    async def answer(self, asked: ChatRequest, version: Version, held: ExitStack) -> Body | Events:
        """Return the answer, whole or as a stream of events."""
        envelope = Envelope("chat.completion", version)
        if asked.strategy is not None:
            return await self._by_strategy(asked, envelope, held)
        check_choices(asked.n, self.limits)
        asks = self._asks(asked, version)
        writing = Writing(self.worker, version, asks, held, is_streamed=asked.stream)
        if asked.stream:
            return self._stream(asked, writing, envelope)
        written = await writing.all()
        choices = [
            message(at, whole(version.format, part.text), part.finish, with_steps=asked.steps)
            for at, part in enumerate(written)
        ]
        return envelope.body(choices, usage=self._used(written), **_ignored(asked))

    def _asks(self, asked: ChatRequest, version: Version) -> list[Ask]:
        fmt = version.format
        first = replace(
            asking(fmt, asked.question),
            max_tokens=token_limit(asked.max_completion_tokens or asked.max_tokens, self.limits),
            temperature=asked.temperature,
            top_p=None if asked.top_p == 1 else asked.top_p,
            stop=(*fmt.stop, *asked.stop),
        )
        if first.max_tokens == 0:
            raise Refusal(400, "max_tokens is at least 1", param="max_tokens")
        return [replace(first, seed=seed) for seed in seeds(asked.seed, asked.n)]

    def _used(self, written: list[Written]) -> Body:
        used = usage(written, times=len(written))
        self._count(used)
        return used

    def _count(self, used: Body) -> None:
        self.metrics.tokens["prompt"] += used["prompt_tokens"]
        self.metrics.tokens["completion"] += used["completion_tokens"]

    async def _stream(
        self, asked: ChatRequest, writing: Writing, envelope: Envelope
    ) -> AsyncIterator[bytes]:
        fmt = envelope.version.format
        shown = [Shown("", "")] * asked.n
        finished: list[Written] = []
        is_open = False
        async for at, news in writing.growing():
            if not is_open:
                yield envelope.chunk([opening(choice) for choice in range(asked.n)])
                is_open = True
            if isinstance(news, Written):
                finished.append(news)
                now, finish = whole(fmt, news.text), news.finish
            else:
                now, finish = growing(fmt, news, asked.stop), None
            if gained := delta(at, shown[at], now, finish, with_steps=asked.steps):
                shown[at] = now
                yield envelope.chunk(gained)
        for part in _ending(asked, envelope, self._used(finished)):
            yield part

    async def _by_strategy(
        self, asked: ChatRequest, envelope: Envelope, held: ExitStack
    ) -> Body | Events:
        """Answer by a strategy; one that is streamed comes in one piece when it is done."""
        if given := asked.model_fields_set & _OF_STRATEGY:
            raise Refusal(400, f"{min(given)}: say it in the strategy", param=min(given))
        strategy = strategy_of(asked.strategy or {}, self.limits)
        version = envelope.version
        writer = QueuedWriter(self.worker, version, self.limits.texts)
        held.callback(writer.close)
        (seed,) = seeds(asked.seed, 1)
        think = partial(
            reasoned, asked.question, writer, version.format, strategy, seed=seed, kind=asked.kind
        )
        thought = await anyio.to_thread.run_sync(
            think, abandon_on_cancel=True, limiter=anyio.CapacityLimiter(1)
        )
        trace = thought.trace
        shown = whole(version.format, trace.completion, trace.answer_at)
        told = {"name": strategy.title, "ended": thought.ended, "votes": votes(thought)}
        used = counts(thought.prompt_tokens, thought.completion_tokens)
        self._count(used)
        if asked.stream:
            return _in_one_piece(asked, envelope, shown, trace.finish, used)
        choice = message(0, shown, trace.finish, with_steps=asked.steps)
        return envelope.body([choice], usage=used, strategy=told, **_ignored(asked))


_OF_STRATEGY = {"n", "temperature", "top_p", "stop", "max_tokens", "max_completion_tokens"}


async def _in_one_piece(
    asked: ChatRequest, envelope: Envelope, shown: Shown, finish: str, used: Body
) -> AsyncIterator[bytes]:
    yield envelope.chunk([opening(0)])
    yield envelope.chunk(delta(0, Shown("", ""), shown, finish, with_steps=asked.steps))
    for part in _ending(asked, envelope, used):
        yield part


def _ending(asked: ChatRequest, envelope: Envelope, used: Body) -> list[bytes]:
    with_usage = asked.stream_options is not None and asked.stream_options.include_usage
    return [*([envelope.chunk([], usage=used)] if with_usage else []), DONE]


def _ignored(asked: ChatRequest) -> Body:
    """Say how many messages were not put to the student, which was trained on questions alone."""
    ignored = len(asked.messages) - 1
    return {"ignored_messages": ignored} if ignored else {}
