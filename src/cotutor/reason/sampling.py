"""Self-consistency and best-of-N: several completions, one of which is chosen."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from math import exp, inf
from typing import Any

from cotutor.format import parse
from cotutor.reason.scoring import aggregate
from cotutor.reason.settings import BestOf, SelfConsistency
from cotutor.reason.thinking import Book, Draft, Texts, Thinking
from cotutor.records import Problem, Trace
from cotutor.verify import VerifySettings
from cotutor.verify.answers import Answer, blind, merge


@dataclass
class Group:
    """Samples that give the same answer, in order, and the votes they have together."""

    answer: Answer
    samples: list[int]
    votes: float = 0.0


def vote(
    problem: Problem,
    answers: Sequence[Answer | None],
    weights: Sequence[float],
    settings: VerifySettings,
) -> list[Group]:
    """Return the different answers with their votes, the winner first.

    Of equal votes the answer that was given first wins; who gives no answer has no vote.
    """
    groups: dict[str, Group] = {}
    merged = merge(problem, answers, settings)
    for sample, (answer, weight) in enumerate(zip(merged, weights, strict=True)):
        if answer is not None:
            group = groups.setdefault(answer.text, Group(answer, []))
            group.samples.append(sample)
            group.votes += weight
    return sorted(groups.values(), key=lambda group: -group.votes)


def is_decided(groups: Sequence[Group], remaining: int) -> bool:
    """Say whether so many more votes, of at most 1 each, cannot change the winner."""
    if not groups:
        return remaining == 0
    first, *others = groups
    if first.votes < remaining:
        return False
    return all(
        first.votes > other.votes + remaining
        or (first.votes == other.votes + remaining and first.samples[0] < other.samples[0])
        for other in others
    )


def self_consistency(book: Book, settings: SelfConsistency) -> Thinking:
    """Sample in rounds until the vote is decided; the winner's first sample is chosen."""
    drafts: list[Draft] = []
    traces: list[Trace] = []
    answers: list[Answer | None] = []
    weights: list[float] = []
    groups: list[Group] = []
    while not is_decided(groups, settings.samples - len(drafts)):
        count = min(settings.round, settings.samples - len(drafts))
        new = yield from _sample(book, settings, len(drafts), count)
        weights += (yield from _weights(book, new)) if settings.weighted else [1.0] * count
        told = [book.trace(draft, len(drafts) + at) for at, draft in enumerate(new)]
        answers += [book.read(trace) for trace in told]
        drafts, traces = drafts + new, traces + told
        groups = vote(book.problem, answers, weights, book.setup.verify)
    winners = groups[0].samples if groups else []
    for at, (draft, answer) in enumerate(zip(drafts, answers, strict=True)):
        why = "in the majority" if at in winners else "outvoted" if answer else "no answer"
        _note(book, draft, answer, score=weights[at], is_kept=at in winners, why=why)
    unfailed = (at for at, draft in enumerate(drafts) if draft.error is None)
    chosen = winners[0] if winners else next(unfailed, 0)
    is_early = len(drafts) < settings.samples
    ended = "decided early" if is_early else "all samples" if groups else "no sample has an answer"
    return book.solution(traces[chosen], ended)


def best_of(book: Book, settings: BestOf) -> Thinking:
    """Choose the sample with the highest score among those with an answer."""
    scorer = None if settings.scorer == "likelihood" else book.scorer(settings.scorer)
    drafts = yield from _sample(book, settings, 0, settings.samples)
    traces = [book.trace(draft, at) for at, draft in enumerate(drafts)]
    answers = [book.read(trace) for trace in traces]
    if scorer is None:
        scores = yield from book.confidence(drafts)
    else:
        texts = [parse(trace).text for trace in traces]
        found = scorer(blind(book.problem), texts, [a.text if a else None for a in answers])
        scores = [aggregate(one, settings.aggregate) for one in found]
    ranks = [
        (draft.error is None, answer is not None, score, -at)
        for at, (draft, answer, score) in enumerate(zip(drafts, answers, scores, strict=True))
    ]
    chosen = max(range(len(drafts)), key=lambda at: ranks[at])
    for at, (draft, answer) in enumerate(zip(drafts, answers, strict=True)):
        why = "best" if at == chosen else "worse" if answer else "no answer"
        _note(book, draft, answer, score=scores[at], is_kept=at == chosen, why=why)
    return book.solution(traces[chosen], "all samples")


def _sample(
    book: Book, settings: SelfConsistency | BestOf, first: int, count: int
) -> Generator[Any, Any, list[Draft]]:
    asks = [
        book.ask(seed=(sample,), temperature=settings.temperature, top_p=settings.top_p)
        for sample in range(first, first + count)
    ]
    return (yield from book.complete(asks))


def _weights(book: Book, drafts: list[Draft]) -> Generator[list[Any] | Texts, Any, list[float]]:
    return [exp(min(sure, 0.0)) for sure in (yield from book.confidence(drafts))]


def _note(
    book: Book, draft: Draft, answer: Answer | None, *, score: float, is_kept: bool, why: str
) -> None:
    book.note(
        draft.text, tokens=draft.tokens, answer=answer.text if answer else None,
        score=None if score == -inf else score, is_kept=is_kept, why=draft.error or why,
    )  # fmt: skip
