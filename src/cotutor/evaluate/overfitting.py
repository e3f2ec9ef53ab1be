"""Overfitting: an arm on problems that it was trained on, on validation ones, in other wordings."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from cotutor.evaluate.accuracy import Judged, right_by_problem
from cotutor.evaluate.measuring import measure
from cotutor.evaluate.slices import SEEN, slices
from cotutor.records import Estimate, Problem, digest
from cotutor.report.model import ALL, Measure
from cotutor.statistics import share, unpaired


def drawn(problems: Sequence[Problem], like: Sequence[Problem], count: int) -> list[Problem]:
    """Return about `count` problems, the same in every run, mixed of tasks as `like` is.

    With another mix of tasks, an easier task would pass for overfitting.
    """
    by_task: dict[str, list[Problem]] = defaultdict(list)
    for problem in sorted(problems, key=lambda problem: digest("drawn", problem.id)):
        by_task[problem.task].append(problem)
    shares = {task: sum(p.task == task for p in like) / len(like) for task in by_task}
    return [p for task, some in by_task.items() for p in some[: round(shares[task] * count)]]


def overfitting(
    arm: str,
    problems: Mapping[str, Problem],
    train: Sequence[Problem],
    *,
    tested: Sequence[Judged],
    training: Sequence[Judged],
    validation: Sequence[Judged] = (),
) -> list[Measure]:
    """Return the accuracies on drawn training and validation problems and on unseen wordings.

    `training` and `validation` are the attempts at `drawn` problems. The measure `overfitting`
    is training minus tested accuracy; the problems are others, so it is no paired difference.
    """
    named = {"accuracy-training": training, "accuracy-validation": validation}
    found = [measure(arm, ALL, name, one) for name, some in named.items() for one in _share(some)]
    found += _unseen_wording(arm, problems, train, tested)
    found += [_gap(arm, seen, new) for seen in _share(training) for new in _share(tested)]
    return found


def _share(judged: Sequence[Judged]) -> Iterator[Estimate]:
    """Yield the accuracy, if anything was scored."""
    if right := list(right_by_problem(judged).values()):
        yield share(right)


def _unseen_wording(
    arm: str, problems: Mapping[str, Problem], train: Sequence[Problem], tested: Sequence[Judged]
) -> Iterator[Measure]:
    """Yield the accuracy on tested problems whose wording no training problem has."""
    parts = slices(arm, problems, tested, train)
    unseen = [part for part in parts if (part.by, part.level) == ("template", SEEN[False])]
    for part in unseen[:1]:  # over all tasks, where there are several
        yield Measure(
            arm=arm, task=ALL, name="accuracy-unseen-wording",
            value=part.accuracy, low=part.low, high=part.high, n=part.n,
        )  # fmt: skip


def _gap(arm: str, seen: Estimate, new: Estimate) -> Measure:
    value, low, high = unpaired(seen, new)
    return Measure(arm=arm, task=ALL, name="overfitting", value=value, low=low, high=high, n=seen.n)
