"""What the student's base can learn: two scores of a trace, higher is better.

likely     the mean log-probability of a token of the training row's completion
reaches    1 where the base, given prompt and reasoning, goes on to the gold
           answer as the verifier reads it, else 0

Prompt and completion are those of training. A row longer than the model's
context scores minus infinity.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from math import inf
from typing import Any

from cotutor.curate.settings import Select
from cotutor.curate.stream import Judge
from cotutor.format import Format, parse
from cotutor.generate.decode import decode
from cotutor.generate.likelihood import log_probabilities
from cotutor.generate.row import Decoding, Row
from cotutor.models import context, encode_prompt
from cotutor.records import Problem, Request, Trace

BATCH = 8
ANSWER_TOKENS = 32

Pair = tuple[Problem, Trace]


@dataclass(frozen=True)
class Base:
    """The student before training: its model, tokenizer and format, and who judges its answers."""

    model: Any
    tokenizer: Any
    format: Format
    judge: Judge

    @property
    def context(self) -> float:
        """How many tokens fit."""
        return context(self.model) or inf

    def encode(self, problem: Problem, completion: str) -> tuple[list[int], list[int]]:
        """Return the tokens of a prompt and of what stands behind it."""
        prompt = encode_prompt(self.tokenizer, self.format, self.format.prompt(problem))
        text = self.format.continuing(prompt.opened, completion)
        return prompt.ids, list(self.tokenizer(text, add_special_tokens=False)["input_ids"])


def likely(base: Base, pairs: Sequence[Pair]) -> list[float]:
    """Return the base's mean log-probability of a completion's tokens and the end after them."""
    scores = [-inf] * len(pairs)
    rows = {}
    for at, (problem, trace) in enumerate(pairs):
        prompt, ids = base.encode(problem, base.format.completion(parse(trace).text, problem.gold))
        if len(prompt) + len(ids) < base.context:
            rows[at] = (prompt, [*ids, base.tokenizer.eos_token_id])
    for some in _batches(rows):
        found = log_probabilities(base.model, [rows[at] for at in some])
        for at, score in zip(some, found, strict=True):
            scores[at] = score / len(rows[at][1])
    return scores


def reaches(base: Base, pairs: Sequence[Pair]) -> list[float]:
    """Return 1.0 for each reasoning from which the base's greedy answer is correct, else 0.0."""
    scores = [-inf] * len(pairs)
    lead, joint = base.format.frame()
    heads = [lead + parse(trace).text + joint for _, trace in pairs]
    rows = {}
    for at, (problem, _) in enumerate(pairs):
        prompt, ids = base.encode(problem, heads[at])
        if len(prompt) + len(ids) + ANSWER_TOKENS <= base.context:
            rows[at] = Row([*prompt, *ids], ANSWER_TOKENS)
    how = Decoding(frozenset({base.tokenizer.eos_token_id}))
    for some in _batches(rows):
        decode(base.model, [rows[at] for at in some], how)
        for at in some:
            scores[at] = float(_is_reached(base, *pairs[at], heads[at], rows[at]))
    return scores


SCORES: dict[Select, Callable[[Base, Sequence[Pair]], list[float]]] = {
    "likely": likely,
    "reaches": reaches,
}


def _is_reached(base: Base, problem: Problem, trace: Trace, head: str, row: Row) -> bool:
    """Judge the first line that the base wrote behind the reasoning."""
    written = base.tokenizer.decode(row.written, skip_special_tokens=True)
    line = next(iter(written.strip().splitlines()), "")
    attempt = Trace.make(
        Request(problem=problem, sample=trace.sample), generator="base", finish="stop",
        format=base.format.name, completion=f"{head} {line}",
    )  # fmt: skip
    return base.judge(problem, attempt).outcome == "correct"


def _batches(rows: Iterable[int]) -> Iterator[list[int]]:
    places = iter(rows)
    while some := list(islice(places, BATCH)):
        yield some
