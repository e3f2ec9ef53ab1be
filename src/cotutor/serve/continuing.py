"""`/v1/completions`: texts to go on with as they stand, and how likely texts are."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from cotutor.format import Format
from cotutor.generate.writing import Ask, Written
from cotutor.models import encode_prompt
from cotutor.serve.answers import DONE, Body, Envelope, counts, logprobs, text_choice, usage
from cotutor.serve.endpoint import Events
from cotutor.serve.metrics import Metrics
from cotutor.serve.protocol import CompletionRequest, Refusal
from cotutor.serve.scoring import Scored, score
from cotutor.serve.settings import Limits
from cotutor.serve.shelf import Version
from cotutor.serve.splitting import settled
from cotutor.serve.worker import Worker
from cotutor.serve.writing import Writing, check_choices, seeds, token_limit

RAW = Format("raw", "{question}", "{answer}")


@dataclass(frozen=True)
class Prompt:
    """A text to go on with, and its tokens."""

    text: str
    ids: list[int]


@dataclass(frozen=True)
class Continuing:
    """Continues texts with a worker, within limits."""

    worker: Worker
    limits: Limits
    metrics: Metrics

    async def answer(
        self, asked: CompletionRequest, version: Version, held: ExitStack
    ) -> Body | Events:
        """Return the answer, whole or as a stream of events."""
        prompts = [_prompt(version, prompt) for prompt in asked.prompts]
        check_choices(asked.n * len(prompts), self.limits)
        limit = token_limit(asked.max_tokens, self.limits)
        envelope = Envelope("text_completion", version)
        if asked.echo and asked.logprobs is not None and limit <= 1 and asked.temperature == 0:
            return await self._scored(asked, prompts, limit, envelope)
        if limit == 0:
            raise Refusal(400, "max_tokens is at least 1", param="max_tokens")
        if any(prompt != _prompt(version, prompt.text) for prompt in prompts):
            raise Refusal(400, "the tokenizer splits this prompt otherwise: send it as text")
        asks = [ask for prompt in prompts for ask in _asks(asked, prompt, limit)]
        writing = Writing(self.worker, version, asks, held, is_streamed=asked.stream)
        if asked.stream:
            return self._stream(asked, writing, envelope)
        written = await writing.all()
        every = [prompt for prompt in prompts for _ in range(asked.n)]
        told = await self._logprobs(asked, version, every, written)
        choices = [
            text_choice(at, prompt.text * asked.echo + part.text, part.finish, told[at])
            for at, (prompt, part) in enumerate(zip(every, written, strict=True))
        ]
        return envelope.body(choices, usage=self._used(usage(written, times=asked.n)))

    async def _logprobs(
        self,
        asked: CompletionRequest,
        version: Version,
        prompts: Sequence[Prompt],
        written: Sequence[Written],
    ) -> list[Body | None]:
        """Return the log-probabilities of texts, split as the tokenizer splits them."""
        if asked.logprobs is None:
            return [None] * len(written)
        rows = [
            prompt.ids + list(version.tokenizer(part.text, add_special_tokens=False)["input_ids"])
            for prompt, part in zip(prompts, written, strict=True)
        ]
        scored = await self._score(version, rows, asked.logprobs, after=0)
        return [
            logprobs(version, found, 0 if asked.echo else len(prompt.ids))
            for found, prompt in zip(scored, prompts, strict=True)
        ]

    async def _scored(
        self, asked: CompletionRequest, prompts: Sequence[Prompt], after: int, envelope: Envelope
    ) -> Body:
        """Return the log-probabilities of prompts, and at most one token: no writing is needed."""
        version, times = envelope.version, asked.n
        rows = [prompt.ids for prompt in prompts]
        scored = await self._score(version, rows, asked.logprobs or 0, after)
        choices: list[Body] = []
        for prompt, found in zip(prompts, scored, strict=True):
            text = prompt.text + version.tokenizer.decode(found.ids[len(prompt.ids) :])
            for _ in range(times):
                told = logprobs(version, found, 0)
                choices.append(text_choice(len(choices), text, "length", told))
        read = sum(map(len, rows))
        used = counts(read, after * len(choices))
        return envelope.body(choices, usage=self._used(used))

    async def _score(
        self, version: Version, rows: Sequence[list[int]], top: int, after: int
    ) -> list[Scored]:
        done = self.worker.run(lambda: score(version, rows, top, after))
        return await asyncio.wrap_future(done)

    async def _stream(
        self, asked: CompletionRequest, writing: Writing, envelope: Envelope
    ) -> AsyncIterator[bytes]:
        shown: dict[int, str] = {}
        finished: dict[int, Written] = {}
        async for at, news in writing.growing():
            finish = None
            if isinstance(news, Written):
                finished[at], finish, text = news, news.finish, news.text
            else:
                text = settled(news, asked.stop)
            gained = text.removeprefix(shown.get(at, ""))
            shown[at] = text
            if gained or finish:
                yield envelope.chunk([text_choice(at, gained, finish)])
        written = [finished[at] for at in sorted(finished)]
        used = self._used(usage(written, times=asked.n))
        if asked.stream_options is not None and asked.stream_options.include_usage:
            yield envelope.chunk([], usage=used)
        yield DONE

    def _used(self, used: Body) -> Body:
        self.metrics.tokens["prompt"] += used["prompt_tokens"]
        self.metrics.tokens["completion"] += used["completion_tokens"]
        return used


def _prompt(version: Version, given: str | list[int]) -> Prompt:
    tokenizer = version.tokenizer
    if isinstance(given, str):
        return Prompt(given, encode_prompt(tokenizer, RAW, given).ids)
    if not all(0 <= token < len(tokenizer) for token in given):
        raise Refusal(400, "prompt: there is no such token", param="prompt")
    return Prompt(str(tokenizer.decode(given)), given)


def _asks(asked: CompletionRequest, prompt: Prompt, limit: int) -> list[Ask]:
    return [
        Ask(
            prompt=prompt.text,
            format=RAW,
            max_tokens=limit,
            temperature=asked.temperature,
            top_p=None if asked.top_p == 1 else asked.top_p,
            stop=tuple(asked.stop),
            seed=seed,
        )
        for seed in seeds(asked.seed, asked.n)
    ]
