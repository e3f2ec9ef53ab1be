"""What a state of a tree is worth: by prompt, by vote, by likelihood, or by a scorer."""

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cotutor.generate.writing import Ask, Written
from cotutor.reason.scoring import aggregate
from cotutor.reason.settings import Tree
from cotutor.reason.thinking import Book, Texts
from cotutor.reason.wording import fill
from cotutor.records import Finish
from cotutor.verify.answers import blind

WORTH = {"sure": 20.0, "likely": 1.0, "impossible": 0.001}
"""What a word of the model is worth (Yao et al. 2023, section 4.1)."""

MODEL_VALUES = ("prompt", "vote", "likelihood")
"""Values that the model gives itself; all others are names of scorers."""

_WORTH = re.compile(r"\b(?:sure|likely|impossible)\b", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True)
class State:
    """A completion begun, at a node of the book.

    `log_probability` is that of all thoughts, None where the writer did not tell, and
    `tokens` are those written for them. `why` says that it is a dead end; `answer_at` is
    where the answering call of a two-call format begins, and `error` why that call failed.
    """

    node: int
    text: str
    depth: int
    score: float
    answer: str | None = None
    finish: Finish = "stop"
    log_probability: float | None = 0.0
    tokens: int = 0
    why: str | None = None
    answer_at: int | None = None
    error: str | None = None


Values = Generator[list[Ask] | Texts, Any, list[float]]


def values(book: Book, settings: Tree, states: Sequence[State]) -> Values:
    """Return what each state is worth, higher being better."""
    if not states:
        return []
    if settings.value == "prompt":
        return (yield from _by_prompt(book, settings, states))
    if settings.value == "vote":
        return (yield from _by_vote(book, settings, states))
    if settings.value == "likelihood":
        return (yield from _by_likelihood(book, states))
    reasonings = [book.format.parse(state.text).text for state in states]
    scorer = book.scorer(settings.value)
    found = scorer(blind(book.problem), reasonings, [state.answer for state in states])
    return [aggregate(scores, settings.aggregate) for scores in found]


def _by_prompt(book: Book, settings: Tree, states: Sequence[State]) -> Values:
    """Ask several times whether the answer can be reached; the last such word of a reply counts."""
    asks = [
        _ask(book, settings, settings.value_prompt, state.text.strip(), (state.node, k), 1)
        for state in states
        for k in range(settings.votes)
    ]
    replies = yield from book.write(asks)
    worth = [_last(_WORTH, reply) for reply in replies]
    found = [WORTH[word.lower()] if word else 0.0 for word in worth]
    return [sum(found[at : at + settings.votes]) for at in range(0, len(found), settings.votes)]


def _by_vote(book: Book, settings: Tree, states: Sequence[State]) -> Values:
    """Ask several times which state is the most promising; a number that is none has no vote."""
    listed = "\n\n".join(f"{n}.\n{state.text.strip()}" for n, state in enumerate(states, start=1))
    key = tuple(state.node for state in states)
    asks = [
        _ask(book, settings, settings.vote_prompt, listed, (*key, k), len(states))
        for k in range(settings.votes)
    ]
    replies = yield from book.write(asks)
    chosen = [int(number) for reply in replies if (number := _last(_NUMBER, reply))]
    return [float(chosen.count(n)) for n in range(1, len(states) + 1)]


def _by_likelihood(book: Book, states: Sequence[State]) -> Values:
    untold = [state for state in states if state.log_probability is None]
    told: dict[int, float] = {}
    if untold:
        sums = yield Texts([book.ask()] * len(untold), [state.text for state in untold])
        told = {state.node: total for state, total in zip(untold, sums, strict=True)}
    return [
        told.get(state.node, state.log_probability or 0.0) / max(state.tokens, 1)
        for state in states
    ]


def _ask(
    book: Book, settings: Tree, template: str, thoughts: str, key: tuple[Any, ...], count: int
) -> Ask:
    prompt = fill(
        template, question=book.problem.question, thoughts=thoughts or "(none yet)",
        count=str(count),
    )  # fmt: skip
    ask = book.ask(seed=("value", *key), temperature=settings.temperature)
    return replace(ask, prompt=prompt)


def _last(pattern: re.Pattern[str], reply: Written) -> str | None:
    found = pattern.findall(reply.text)
    return found[-1] if found else None
