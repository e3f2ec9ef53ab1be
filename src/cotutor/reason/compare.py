"""Strategies at equal budgets: accuracy against the tokens spent, on the same problems."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from cotutor.reason.record import Solution
from cotutor.records import Verdict
from cotutor.report.model import Spent
from cotutor.statistics import paired, wilson

Judged = tuple[Solution, Verdict]


def compare(arm: str, judged: Mapping[str, Sequence[Judged]], *, task: str) -> list[Spent]:
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
    rows = [_row(arm, task, strategy, judged) for strategy in judged]
    rows.sort(key=lambda row: row.tokens)
    best = -1.0
    for at, row in enumerate(rows):
        if row.accuracy > best:
            best = row.accuracy
            rows[at] = row.model_copy(update={"is_best": True})
    return rows


def _row(arm: str, task: str, strategy: str, judged: Mapping[str, Sequence[Judged]]) -> Spent:
    some, first = judged[strategy], next(iter(judged))
    right = _right(some)
    known = {} if strategy == first else _right(judged[first])
    is_paired = bool(right.keys() & known.keys())
    accuracy = wilson(sum(right.values()), len(right), len(some) - len(right))
    return Spent(
        arm=arm, strategy=strategy, task=task, accuracy=accuracy.value,
        low=accuracy.low, high=accuracy.high, n=accuracy.n, unscored=accuracy.unscored,
        prompt_tokens=fmean(solution.prompt_tokens for solution, _ in some),
        completion_tokens=fmean(solution.completion_tokens for solution, _ in some),
        calls=fmean(solution.calls for solution, _ in some),
        against=paired(right, known, names=(strategy, first), task=task) if is_paired else None,
    )  # fmt: skip


def _right(judged: Sequence[Judged]) -> dict[str, bool]:
    return {
        solution.problem_id: verdict.outcome == "correct"
        for solution, verdict in judged
        if verdict.outcome != "unscored"
    }
