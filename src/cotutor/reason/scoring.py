"""Scorers: how good the steps or the outcome of a reasoning are.

A scorer returns one number a step, or one for the whole; `aggregate` makes one of them.
The built-in one asks the step checker, which is blind here: it knows the question, and
neither the gold nor the program of a problem.
"""

from collections.abc import Callable, Mapping, Sequence
from math import prod
from statistics import fmean
from typing import Protocol

from cotutor.records import Problem
from cotutor.verify.answers import blind
from cotutor.verify.steps import examine


class Scorer(Protocol):
    """Scores reasonings about one problem, which has been blinded."""

    def __call__(
        self, problem: Problem, reasonings: Sequence[str], answers: Sequence[str | None]
    ) -> list[tuple[float, ...]]:
        """Return the scores of the steps of each reasoning, higher being better."""
        ...


AGGREGATES: Mapping[str, Callable[[Sequence[float]], float]] = {
    "last": lambda scores: scores[-1],
    "min": min,
    "prod": prod,
    "mean": fmean,
}


def aggregate(scores: Sequence[float], how: str) -> float:
    """Return one number for the scores of steps; 0 where there is no step."""
    return float(AGGREGATES[how](scores)) if scores else 0.0


def by_findings(
    problem: Problem, reasonings: Sequence[str], answers: Sequence[str | None]
) -> list[tuple[float, ...]]:
    """Score by the step checker: the shares of valid steps and grounded operands, and support.

    Valid are the steps before the first that says something untrue. An answer that the
    steps come to counts 1, one that they do not 0, and one half where that cannot be told.
    """
    scores: list[tuple[float, ...]] = []
    for reasoning, answer in zip(reasonings, answers, strict=True):
        found = examine(blind(problem), reasoning, answer)
        if found is None:
            scores.append((0.0,))
            continue
        valid = 1.0 if found.first_bad is None else found.first_bad / found.steps
        grounded = 1.0 - found.ungrounded / found.operands if found.operands else 1.0
        supported = 0.5 if found.is_supported is None else float(found.is_supported)
        scores.append((valid, grounded, supported))
    return scores


SCORERS: Mapping[str, Scorer] = {"findings": by_findings}
