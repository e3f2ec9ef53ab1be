"""The local generator: a transformers model on this machine, teacher or student.

`LocalWriter` continues texts, `LocalGenerator` answers requests through it. Texts that begin
alike share a batch, and in it what they share (`cotutor.generate.beginnings`). A prompt that
does not fit the model's context gives an error; nothing is ever cut. `cotutor.generate.decode`
says what is guaranteed about batches and seeds.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from cotutor.errors import BackendError
from cotutor.generate.beginnings import batches
from cotutor.generate.calls import lead_in, seed_for
from cotutor.generate.decode import decode, decoding
from cotutor.generate.encoding import Encoding
from cotutor.generate.kept import Kept
from cotutor.generate.likelihood import log_probabilities
from cotutor.generate.lines import check_decodable
from cotutor.generate.row import Decoding, Row
from cotutor.generate.settings import LocalSettings
from cotutor.generate.writing import Ask, Written
from cotutor.models import EncodedPrompt, alike_up_to, context
from cotutor.records import Request, Trace

T = TypeVar("T")

_WINDOW = 16  # batches sorted together: enough for like lengths, few enough to stay a stream
_HALF = "\N{REPLACEMENT CHARACTER}"
_NOTHING = "there is nothing to go on from: the prompt has no tokens"
_CUT = Written("", "length", 0, 0)  # the answer that there was no room to ask for
_SEAM = 8  # tokens of the prompt that are decoded with the text, for the blank between them


class LocalWriter:
    """A loaded model and its tokenizer as a `cotutor.generate.writing.Writer`.

    Raises:
        BackendError: the model keeps nothing of what it has read, or not as keys and values.

    Example:
        >>> model, tokenizer, student = load_student(folder)  # doctest: +SKIP
        >>> writer = LocalWriter(model, tokenizer, name="student")  # doctest: +SKIP

    """

    def __init__(self, model: Any, tokenizer: Any, *, name: str, batch_size: int = 64) -> None:
        check_decodable(model)
        self.name = name
        self._model, self._tokenizer, self._batch_size = model.eval(), tokenizer, batch_size
        self._is_pair = model.config.is_encoder_decoder
        self._encoding = Encoding(tokenizer, is_pair=self._is_pair)
        self._context = context(model)
        self._alike_up_to = alike_up_to(model.config.get_text_config())
        self._ends = _end_tokens(model, tokenizer)
        self._kept: Kept | None = None

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Hold what the texts of a call share, up to 1 GiB, so that later calls read it no more.

        The model must not change meanwhile.
        """
        before, self._kept = self._kept, self._kept or Kept()
        try:
            yield
        finally:
            self._kept = before

    def begun_tokens(self, asks: Sequence[Ask]) -> list[int]:
        """Return how many tokens what is begun is read as."""
        alone = self._encoding.prompts([replace(ask, begun="") for ask in asks])
        pairs = zip(self._encoding.prompts(asks), alone, strict=True)
        return [len(whole.ids) - len(prompt.ids) for whole, prompt in pairs]

    def write(self, asks: Sequence[Ask]) -> list[Written]:
        """Continue every text; those that begin alike, and are sampled alike, share a batch.

        Raises:
            BackendError: a format is a chat format and the tokenizer has no chat template, or
                an encoder with a decoder is to go on from what is begun.

        """
        self.check(asks)
        encoded = self._encoding.prompts(asks)
        longest = max((ask.max_tokens for ask in asks), default=0)
        found: dict[int, Written] = {}
        fitting: dict[Any, list[int]] = {}
        for at, (ask, prompt) in enumerate(zip(asks, encoded, strict=True)):
            if self._room(ask, prompt) > 0:
                turning = self._turning(len(prompt.ids) + longest, len(prompt.ids))
                how = ask.temperature, ask.top_p, ask.stop, turning
                fitting.setdefault(how, []).append(at)
            else:
                found[at] = self._refused(prompt)
        for some in self._batches([prompt.ids for prompt in encoded], fitting.values()):
            batch = [(asks[at], encoded[at]) for at in some]
            found |= zip(some, self._decode(batch), strict=True)
        return [found[at] for at in range(len(asks))]

    def stream(self, ask: Ask) -> Iterator[str | Written]:
        """Yield the pieces of a text as they are written, then the `Written` that they make up.

        A piece never ends within a character, nor within what may become a stop string.

        Raises:
            BackendError: as in `write`.

        """
        self.check([ask])
        [prompt] = self._encoding.prompts([ask])
        if self._room(ask, prompt) <= 0:
            yield self._refused(prompt)
            return
        row, told = self._row(ask, prompt), ""
        for _ in decoding(self._model, [row], self._how(ask)):
            if row.finish == "unknown":
                text = _settled(self._text(ask, prompt, row), ask.stop)
                if len(text) > len(told):
                    yield text[len(told) :]
                    told = text
        written = self._written(ask, prompt, row)
        if len(written.text) > len(told):
            yield written.text[len(told) :]
        yield written

    def likelihood(self, asks: Sequence[Ask], texts: Sequence[str]) -> list[float]:
        """Return the log-probability of each text's tokens behind its ask.

        Raises:
            BackendError: an ask and its text are longer than the model's context, or there is
                nothing before a text, or as in `write`.

        """
        self.check(asks)
        rows = list(self._encoding.both(asks, texts))
        alike: dict[int | None, list[int]] = {}
        for at, (before, after) in enumerate(rows):
            longest = max(len(before), len(after)) if self._is_pair else len(before) + len(after)
            if not before:
                raise BackendError(_NOTHING)
            if self._context is not None and longest > self._context:
                raise BackendError(
                    f"a text of {longest} tokens with its prompt does not fit the model's "
                    f"context of {self._context}"
                )
            alike.setdefault(self._turning(longest, longest), []).append(at)
        found: dict[int, float] = {}
        for some in self._batches([before + after for before, after in rows], alike.values()):
            likely = log_probabilities(self._model, [rows[at] for at in some], self._kept)
            found |= zip(some, likely, strict=True)
        return [found[at] for at in range(len(rows))]

    def check(self, asks: Sequence[Ask]) -> None:
        """Refuse to go on from what is begun with a model that reads and writes apart.

        Raises:
            BackendError: an ask is begun, and the model is an encoder with a decoder.

        """
        if self._is_pair and any(ask.begun for ask in asks):
            raise BackendError(
                f"{self.name} is an encoder with a decoder: it cannot go on from the beginning of "
                "a completion"
            )

    def _batches(
        self, rows: Sequence[list[int]], groups: Iterable[list[int]]
    ) -> Iterator[list[int]]:
        """Yield the places of rows in batches, none of which has rows of two groups."""
        for places in groups:
            for some in batches([rows[at] for at in places], self._batch_size):
                yield [places[n] for n in some]

    def _turning(self, reach: int, length: int) -> int | None:
        """Return what rows that share a batch have in common, for their keys to turn as if alone.

        Beyond some length they turn by that of the longest row: there all have one `length`.
        """
        return None if self._alike_up_to is None or reach <= self._alike_up_to else length

    def _room(self, ask: Ask, prompt: EncodedPrompt) -> int:
        """Return how many tokens the model's context leaves behind the prompt, if any.

        There is no room behind nothing: a model goes on from a token.
        """
        if not prompt.ids:
            return 0
        if self._context is None:
            return ask.max_tokens
        if self._is_pair:  # its completion begins a line of its own
            return self._context if len(prompt.ids) <= self._context else 0
        return self._context - len(prompt.ids)

    def _decode(self, batch: Sequence[tuple[Ask, EncodedPrompt]]) -> Iterator[Written]:
        drafts = self._encoding.texts([ask.draft for ask, _ in batch])
        rows = [
            self._row(ask, prompt, draft)
            for (ask, prompt), draft in zip(batch, drafts, strict=True)
        ]
        decode(self._model, rows, self._how(batch[0][0]), self._kept)
        for (ask, prompt), row in zip(batch, rows, strict=True):
            yield self._written(ask, prompt, row)

    def _row(self, ask: Ask, prompt: EncodedPrompt, draft: Sequence[int] = ()) -> Row:
        limit = min(ask.max_tokens, self._room(ask, prompt))
        return Row(prompt.ids, limit, ask.seed, list(draft))

    def _how(self, ask: Ask) -> Decoding:
        stopped_at = partial(self._stopped_at, ask.stop) if ask.stop else None
        return Decoding(self._ends, ask.temperature, ask.top_p, stopped_at)

    def _stopped_at(self, stops: tuple[str, ...], written: list[int]) -> int | None:
        """Return how many tokens are enough to hold a stop string, None when they hold none."""
        if not self._holds(stops, written):
            return None
        return next(n for n in range(1, len(written) + 1) if self._holds(stops, written[:n]))

    def _holds(self, stops: tuple[str, ...], written: list[int]) -> bool:
        text = self._tokenizer.decode(written)
        return any(stop in text for stop in stops)

    def _written(self, ask: Ask, prompt: EncodedPrompt, row: Row) -> Written:
        return Written(
            self._text(ask, prompt, row), row.finish, len(prompt.ids), len(row.written),
            log_probability=sum(row.logs),
        )  # fmt: skip

    def _text(self, ask: Ask, prompt: EncodedPrompt, row: Row) -> str:
        """Return a row as text: what follows the prompt when both are decoded together.

        Decoded alone, a completion loses its first blank with some tokenizers; but an
        encoder's prompt and its decoder's completion were never one text.
        """
        ids = row.written[:-1] if row.written[-1] in self._ends else row.written
        seam = prompt.ids[-_SEAM:]
        before, whole = (str(self._tokenizer.decode(part)) for part in (seam, seam + ids))
        follows = whole.startswith(before) and not self._is_pair
        text = whole[len(before) :] if follows else str(self._tokenizer.decode(ids))
        for stop in ask.stop:
            text = text.partition(stop)[0]
        return prompt.opened + text

    def _refused(self, prompt: EncodedPrompt) -> Written:
        full = f"a prompt of {len(prompt.ids)} tokens fills the model's context of {self._context}"
        return Written("", "error", len(prompt.ids), 0, error=full if prompt.ids else _NOTHING)


class LocalGenerator:
    """A loaded model and its tokenizer, prompted as the settings say.

    Example:
        >>> model, tokenizer, student = load_student(folder)  # doctest: +SKIP
        >>> settings = LocalSettings(format=student.format, max_tokens=256)  # doctest: +SKIP
        >>> generator = LocalGenerator(model, tokenizer, settings, name="student")  # doctest: +SKIP

    """

    def __init__(self, model: Any, tokenizer: Any, settings: LocalSettings, *, name: str) -> None:
        self.name = name
        self.settings = settings
        self._writer = LocalWriter(model, tokenizer, name=name, batch_size=settings.batch_size)
        self._format = settings.prompting

    def tally(self) -> dict[str, int]:
        """Count nothing: the traces tell all."""
        return {}

    def generate(self, requests: Iterable[Request]) -> Iterator[Trace]:
        """Yield one trace per request, batch by batch.

        A reasoning that goes on to the end of the context is cut off there and has no answer.

        Raises:
            BackendError: the format is a chat format and the tokenizer has no chat template.

        """
        for window in _chunks(requests, _WINDOW * self.settings.batch_size):
            asks = [(request, self._ask(request)) for request in window]
            for some in batches([ask.prompt for _, ask in asks], self.settings.batch_size):
                yield from self._answer([asks[at] for at in some])

    def _ask(self, request: Request) -> Ask:
        settings = self.settings
        return Ask(
            prompt=self._format.prompt(request.problem, settings.shots), format=self._format,
            max_tokens=settings.max_tokens, temperature=settings.temperature,
            top_p=settings.top_p, stop=self._format.stop, seed=seed_for(settings.seed, request),
        )  # fmt: skip

    def _answer(self, asks: Sequence[tuple[Request, Ask]]) -> Iterator[Trace]:
        firsts = self._writer.write([ask for _, ask in asks])
        going = []
        for (request, ask), first in zip(asks, firsts, strict=True):
            if self._format.trigger is None or first.error is not None:
                yield self._trace(request, [first], first.text)
            else:
                going.append((request, ask, first))
        heads = [lead_in(self._format, first.text) for _, _, first in going]
        seconds = self._writer.write(
            [self._second(ask, head) for (_, ask, _), head in zip(going, heads, strict=True)]
        )
        for (request, _, first), head, second in zip(going, heads, seconds, strict=True):
            is_cut = second.error is not None and first.finish == "length"
            answer = _CUT if is_cut else second
            yield self._trace(request, [first, answer], head + answer.text, answer_at=len(head))

    def _second(self, ask: Ask, head: str) -> Ask:
        """Return the greedy call for the answer, its lead-in being part of the prompt."""
        limit = self.settings.answer_max_tokens
        return replace(ask, prompt=ask.prompt + head, max_tokens=limit, temperature=0.0)

    def _trace(
        self,
        request: Request,
        written: Sequence[Written],
        completion: str,
        answer_at: int | None = None,
    ) -> Trace:
        """Join the calls; the trace is cut off when its reasoning was, and all tokens count."""
        greedy = self.settings.temperature == 0
        error = next((part.error for part in written if part.error is not None), None)
        told: dict[str, Any] = {"generator": self.name, "format": self._format.name}
        if error is not None:
            return Trace.make(request, completion="", finish="error", error=error, **told)
        return Trace.make(
            request,
            completion=completion,
            finish=written[0].finish,
            answer_at=answer_at,
            prompt_tokens=sum(part.prompt_tokens for part in written),
            completion_tokens=sum(part.completion_tokens for part in written),
            seed=None if greedy else seed_for(self.settings.seed, request),
            log_probability=written[0].log_probability if len(written) == 1 else None,
            **told,
        )


def _end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """Return all tokens that end a text: the tokenizer's, and those that the model names."""
    named = model.generation_config.eos_token_id
    ends = {tokenizer.eos_token_id, *(named if isinstance(named, list) else [named])}
    return frozenset(end for end in ends if end is not None)


def _settled(text: str, stops: Sequence[str]) -> str:
    """Return a text that goes on without what its next tokens may still change.

    That is half a character at its end, and what could be the beginning of a stop string.
    """
    text = text.rstrip(_HALF)
    held = max(
        (n for stop in stops for n in range(1, len(stop)) if text.endswith(stop[:n])), default=0
    )
    return text[: len(text) - held]


def _chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    stream = iter(items)
    while chunk := list(islice(stream, size)):
        yield chunk
