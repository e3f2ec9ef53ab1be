"""Which of a problem's traces to learn from, when there are more than wanted.

Every way gives an order of choice; the first D of it are kept. So the traces
chosen for a smaller D are among those for a larger one.
"""

from collections.abc import Callable, Sequence

from cotutor.curate.candidate import Candidate, jaccard
from cotutor.curate.settings import SCORED, CurateSettings
from cotutor.records import Problem, Trace, digest

Scorer = Callable[[Sequence[tuple[Problem, Trace]]], list[float]]
"""Scores the traces of one problem for what the student can learn; higher is chosen first."""


def choose(
    candidates: Sequence[Candidate], settings: CurateSettings, score: Scorer | None
) -> list[Candidate]:
    """Return the chosen traces in the order of choice, at most `per_problem`.

    Raises:
        ValueError: the way of choosing needs a scorer and there is none.

    """
    if settings.select in SCORED:
        if score is None:
            raise ValueError(f"select: {settings.select} needs a scorer")
        ordered = _by_score(candidates, score)
    elif settings.select == "random":
        ordered = sorted(candidates, key=lambda c: digest("choose", settings.seed, c.trace.id))
    elif settings.select == "diverse":
        ordered = _spread(candidates, settings.per_problem)
    else:
        ordered = list(candidates)
    return ordered[: settings.per_problem]


def _by_score(candidates: Sequence[Candidate], score: Scorer) -> list[Candidate]:
    scores = score([(c.problem, c.trace) for c in candidates]) if candidates else []
    best = sorted(zip(scores, candidates, strict=True), key=lambda pair: -pair[0])
    return [candidate for _, candidate in best]


def _spread(candidates: Sequence[Candidate], count: int) -> list[Candidate]:
    """Return traces of which each is the farthest from its nearest one among those before it.

    The greedy 2-approximation of max-min dispersion (Gonzalez 1985), from the first trace on.
    """
    chosen = list(candidates[:1])
    nearest = {at: distance(candidates[0], c) for at, c in enumerate(candidates) if at}
    while nearest and len(chosen) < count:
        farthest = max(nearest, key=lambda at: nearest[at])
        del nearest[farthest]
        chosen.append(candidates[farthest])
        for at, known in nearest.items():
            nearest[at] = min(known, distance(chosen[-1], candidates[at]))
    return chosen


def distance(a: Candidate, b: Candidate) -> tuple[float, float]:
    """Return how far two traces are apart, by solution path and then by wording, each in 0-1."""
    return 1 - jaccard(a.legs, b.legs), 1 - jaccard(a.shingles, b.shingles)
