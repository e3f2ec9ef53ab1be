"""Several training seeds of one arm combined: what another training would give.

An interval over problems alone says how this one student would do on other
problems. Axis: `_S` seeds, the same problems judged for each.
"""

from collections.abc import Mapping, Sequence
from math import fsum
from statistics import stdev

from cotutor.evaluate.accuracy import Judged, of_task, right_by_problem
from cotutor.records import Comparison, Problem, Record
from cotutor.report.model import ALL
from cotutor.statistics import mean_over_seeds, paired_samples, share


class OverSeeds(Record):
    """An accuracy with 95 % interval; `n` problems, `seeds` trainings.

    `spread` is the standard deviation of the seeds' accuracies. None: there is
    one seed, and the interval says nothing of how trainings differ.
    """

    value: float
    low: float
    high: float
    n: int
    seeds: int
    spread: float | None

    def __str__(self) -> str:
        """Return the sentence to print, which says what the interval is over."""
        seeds = "; one training seed: other trainings may differ by more"
        if self.spread is not None:
            seeds = (
                f" and {self.seeds} training seeds, whose standard deviation is {self.spread:.1%}"
            )
        return f"{self.value:.1%} [{self.low:.1%}, {self.high:.1%}] over {self.n} problems{seeds}"


def over_seeds(
    problems: Mapping[str, Problem], judged_S: Sequence[Sequence[Judged]], task: str = ALL
) -> OverSeeds:
    """Return an arm's accuracy over its training seeds.

    Only problems that every seed has scored samples of are taken. The interval
    is that of `mean_over_seeds`, cut to 0-1, and no narrower than over problems alone.

    Raises:
        ValueError: no problem that all have scored.

    """
    right_S = [of_task(right_by_problem(judged), problems, task) for judged in judged_S]
    shared = sorted(set.intersection(*(set(right) for right in right_S)))
    if not shared:
        raise ValueError(f"no problem of {task} was scored for every seed")
    if len(right_S) == 1:
        one = share(list(right_S[0].values()))
        return OverSeeds(value=one.value, low=one.low, high=one.high, n=one.n, seeds=1, spread=None)
    means_S = [{key: _mean(right[key]) for key in shared} for right in right_S]
    alone = share([[means[key] for means in means_S] for key in shared])
    low, high = alone.low, alone.high
    if len(shared) > 1:
        found = mean_over_seeds(means_S)
        if found.low is not None and found.high is not None:
            low, high = max(0.0, min(found.low, low)), min(1.0, max(found.high, high))
    return OverSeeds(
        value=alone.value, low=low, high=high, n=len(shared), seeds=len(means_S),
        spread=stdev(_mean(list(means.values())) for means in means_S),
    )  # fmt: skip


def compare_over_seeds(
    names: tuple[str, str],
    problems: Mapping[str, Problem],
    judged_S: Sequence[Mapping[str, Sequence[Judged]]],
    task: str = ALL,
) -> Comparison:
    """Return the first arm minus the second, both trained once with each seed.

    `judged_S` holds each seed's attempts by arm. The difference is taken by
    problem and seed, then over both as in `mean_over_seeds`, with an interval no
    narrower than over problems alone; with one seed, or where nothing varies, that one.

    Raises:
        ValueError: no problem that all have scored.

    """
    right_S = [
        [of_task(right_by_problem(judged[name]), problems, task) for name in names]
        for judged in judged_S
    ]
    shared = sorted(set.intersection(*(set(side) for sides in right_S for side in sides)))
    differences_S = [{key: _mean(a[key]) - _mean(b[key]) for key in shared} for a, b in right_S]
    pooled = (
        {key: [x for sides in right_S for x in sides[side][key]] for key in shared}
        for side in (0, 1)
    )
    alone = paired_samples(*pooled, names=names, task=task)
    found = mean_over_seeds(differences_S) if len(judged_S) > 1 and len(shared) > 1 else None
    if found is None or found.low is None or found.high is None:
        return alone
    return Comparison(
        a=names[0], b=names[1], task=task, difference=found.value,
        low=max(-1.0, min(found.low, alone.low)), high=min(1.0, max(found.high, alone.high)),
        p=found.p, n=found.n, detectable=found.detectable,
    )  # fmt: skip


def _mean(values: Sequence[float]) -> float:
    return fsum(values) / len(values)
