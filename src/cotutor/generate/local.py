"""The local generator: a transformers model on this machine, teacher or student.

Requests are taken in windows, sorted by the length of their prompts and decoded
in batches. A prompt that does not fit the model's context gives a trace with an
error; nothing is ever cut. `cotutor.generate.decode` says what is guaranteed
about batches and seeds.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from cotutor.generate.calls import lead_in, seed_for
from cotutor.generate.decode import Decoding, Row, decode
from cotutor.generate.settings import LocalSettings
from cotutor.models import encode_prompt, virtual_tokens
from cotutor.records import Finish, Request, Trace

T = TypeVar("T")

_WINDOW = 16  # batches sorted together: enough for like lengths, few enough to stay a stream


@dataclass(frozen=True)
class _Ask:
    """One call: its request, its prompt, the prompt's tokens, and what the prompt has opened."""

    request: Request
    prompt: str
    ids: list[int]
    opened: str


@dataclass(frozen=True)
class _Written:
    """What the model wrote to one call."""

    text: str
    finish: Finish
    prompt_tokens: int
    completion_tokens: int


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
        self._model, self._tokenizer = model.eval(), tokenizer
        self._format = settings.prompting
        self._is_pair = model.config.is_encoder_decoder
        self._context = _context(model)
        self._ends = _end_tokens(model, tokenizer)

    def tally(self) -> dict[str, int]:
        """Count nothing: the traces tell all."""
        return {}

    def generate(self, requests: Iterable[Request]) -> Iterator[Trace]:
        """Yield one trace per request, batch by batch.

        Raises:
            BackendError: the format is a chat format and the tokenizer has no chat template.

        """
        for window in _chunks(requests, _WINDOW * self.settings.batch_size):
            asks = []
            for request in window:
                ask = self._ask(request, self._format.prompt(request.problem, self.settings.shots))
                if self._room(ask) > 0:
                    asks.append(ask)
                else:
                    yield self._refuse(ask)
            asks.sort(key=lambda ask: len(ask.ids))
            for batch in _chunks(asks, self.settings.batch_size):
                yield from self._answer(batch)

    def _answer(self, asks: Sequence[_Ask]) -> Iterator[Trace]:
        firsts = self._write(asks, self.settings.max_tokens, self.settings.temperature)
        if self._format.trigger is None:
            for ask, first in zip(asks, firsts, strict=True):
                yield self._trace(ask, [first], first.text)
            return
        going = []
        for ask, first in zip(asks, firsts, strict=True):
            head = lead_in(self._format, first.text)
            second = self._ask(ask.request, ask.prompt + head)
            if self._room(second) > 0:
                going.append((second, first, head))
            else:
                yield self._refuse(second)
        answers = self._write([ask for ask, _, _ in going], self.settings.answer_max_tokens, 0.0)
        for (ask, first, head), answer in zip(going, answers, strict=True):
            yield self._trace(ask, [first, answer], head + answer.text, answer_at=len(head))

    def _ask(self, request: Request, prompt: str) -> _Ask:
        encoded = encode_prompt(self._tokenizer, self._format, prompt, is_closed=self._is_pair)
        return _Ask(request, prompt, encoded.ids, encoded.opened)

    def _room(self, ask: _Ask) -> int:
        """Return how many tokens the model's context leaves behind the prompt, if any."""
        if self._context is None:
            return self.settings.max_tokens
        if self._is_pair:  # its completion begins a line of its own
            return self._context if len(ask.ids) <= self._context else 0
        return self._context - len(ask.ids)

    def _write(self, asks: Sequence[_Ask], limit: int, temperature: float) -> list[_Written]:
        if not asks:
            return []
        seed = self.settings.seed
        rows = [
            Row(ask.ids, min(limit, self._room(ask)), seed_for(seed, ask.request)) for ask in asks
        ]
        stopped_at = partial(self._stopped_at, self._format.stop) if self._format.stop else None
        how = Decoding(self._ends, temperature, self.settings.top_p, stopped_at)
        decode(self._model, rows, how)
        return [self._written(ask, row) for ask, row in zip(asks, rows, strict=True)]

    def _stopped_at(self, stops: tuple[str, ...], written: list[int]) -> int | None:
        """Return how many tokens are enough to hold a stop string, None when they hold none."""
        if not self._holds(stops, written):
            return None
        return next(n for n in range(1, len(written) + 1) if self._holds(stops, written[:n]))

    def _holds(self, stops: tuple[str, ...], written: list[int]) -> bool:
        text = self._tokenizer.decode(written)
        return any(stop in text for stop in stops)

    def _written(self, ask: _Ask, row: Row) -> _Written:
        """Return a row as text: what follows the prompt when both are decoded together.

        Decoded alone, a completion loses its first blank with some tokenizers; but an
        encoder's prompt and its decoder's completion were never one text.
        """
        ids = row.written[:-1] if row.written[-1] in self._ends else row.written
        before = self._tokenizer.decode(ask.ids)
        whole = self._tokenizer.decode(ask.ids + ids)
        follows = whole.startswith(before) and not self._is_pair
        text = whole[len(before) :] if follows else self._tokenizer.decode(ids)
        text = self._format.until_stop(text)
        return _Written(ask.opened + text, row.finish, len(ask.ids), len(row.written))

    def _trace(
        self, ask: _Ask, written: Sequence[_Written], completion: str, answer_at: int | None = None
    ) -> Trace:
        """Join the calls; the trace is cut off when its reasoning was, and all tokens count."""
        greedy = self.settings.temperature == 0
        return Trace.make(
            ask.request,
            generator=self.name,
            format=self._format.name,
            completion=completion,
            finish=written[0].finish,
            answer_at=answer_at,
            prompt_tokens=sum(w.prompt_tokens for w in written),
            completion_tokens=sum(w.completion_tokens for w in written),
            seed=None if greedy else seed_for(self.settings.seed, ask.request),
        )

    def _refuse(self, ask: _Ask) -> Trace:
        return Trace.make(
            ask.request,
            generator=self.name,
            format=self._format.name,
            completion="",
            finish="error",
            error=f"a prompt of {len(ask.ids)} tokens fills the model's context of {self._context}",
        )


def _context(model: Any) -> int | None:
    """Return how many tokens a row may have, its adapter's left out; None where any number."""
    context = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    return None if context is None else int(context) - virtual_tokens(model)


def _end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """Return all tokens that end a text: the tokenizer's, and those that the model names."""
    named = model.generation_config.eos_token_id
    ends = {tokenizer.eos_token_id, *(named if isinstance(named, list) else [named])}
    return frozenset(end for end in ends if end is not None)


def _chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    stream = iter(items)
    while chunk := list(islice(stream, size)):
        yield chunk
