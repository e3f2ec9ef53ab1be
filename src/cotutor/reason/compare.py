"""Strategies at equal budgets: accuracy against the tokens spent, on the same problems."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from cotutor.reason.record import Solution
from cotutor.records import Comparison, Estimate, Record, Verdict
from cotutor.statistics import paired, wilson

Judged = tuple[Solution, Verdict]


class Spent(Record):
    """One strategy's accuracy and what it took, per problem: a row of a table, a point of a plot.

    `is_best` says that no strategy that took fewer tokens is as accurate. `against` is the
    paired difference from the first strategy, None for that one itself.
    """

    strategy: str
    task: str
    accuracy: Estimate
    prompt_tokens: float
    completion_tokens: float
    calls: float
    is_best: bool = False
    against: Comparison | None = None

    @property
    def tokens(self) -> float:
        """Mean tokens a problem, read and written."""
        return self.prompt_tokens + self.completion_tokens


def compare(judged: Mapping[str, Sequence[Judged]], *, task: str) -> list[Spent]:
    """Return a row for each strategy, the cheapest first; the first of `judged` is the baseline.

    Unscored solutions are left out of the accuracy and counted, and their tokens count.

    Raises:
        ValueError: the strategies were not given the same problems, or one has none scored.

    """
    sets = {strategy: sorted(s.problem_id for s, _ in some) for strategy, some in judged.items()}
    first = next(iter(sets))
    for strategy, ids in sets.items():
        if ids != sets[first]:
            raise ValueError(f"{first} and {strategy} were not given the same problems")
    rows = [_row(strategy, some, judged[first], first, task) for strategy, some in judged.items()]
    rows.sort(key=lambda row: row.tokens)
    best = -1.0
    for at, row in enumerate(rows):
        if row.accuracy.value > best:
            best = row.accuracy.value
            rows[at] = row.model_copy(update={"is_best": True})
    return rows


def _row(
    strategy: str, judged: Sequence[Judged], baseline: Sequence[Judged], first: str, task: str
) -> Spent:
    right = _right(judged)
    known = {} if strategy == first else _right(baseline)
    is_paired = bool(right.keys() & known.keys())
    return Spent(
        strategy=strategy,
        task=task,
        accuracy=wilson(sum(right.values()), len(right), len(judged) - len(right)),
        prompt_tokens=fmean(solution.prompt_tokens for solution, _ in judged),
        completion_tokens=fmean(solution.completion_tokens for solution, _ in judged),
        calls=fmean(solution.calls for solution, _ in judged),
        against=paired(right, known, names=(strategy, first), task=task) if is_paired else None,
    )


def _right(judged: Sequence[Judged]) -> dict[str, bool]:
    return {
        solution.problem_id: verdict.outcome == "correct"
        for solution, verdict in judged
        if verdict.outcome != "unscored"
    }
