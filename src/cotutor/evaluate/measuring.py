"""Groups by task, and estimates as measures; the values of one problem are one cluster."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from math import inf
from typing import TypeVar

from cotutor.records import Estimate
from cotutor.report.model import ALL, Measure
from cotutor.statistics import Mean, mean, share

T = TypeVar("T")


def by_task(pairs: Iterable[tuple[str, T]]) -> dict[str, list[T]]:
    """Return what belongs to each task; with several tasks, first all together as `ALL`."""
    found: dict[str, list[T]] = defaultdict(list)
    for task, item in pairs:
        found[task].append(item)
    return {ALL: list(chain(*found.values())), **found} if len(found) > 1 else found


def by_problem(pairs: Iterable[tuple[str, float | None]]) -> list[list[float]]:
    """Return the values that there are, those of one problem together."""
    found: dict[str, list[float]] = defaultdict(list)
    for problem, value in pairs:
        if value is not None:
            found[problem].append(value)
    return list(found.values())


def measure(arm: str, task: str, name: str, found: Estimate | Mean) -> Measure:
    """Return an estimate as a measure."""
    return Measure(
        arm=arm, task=task, name=name, value=found.value, low=found.low, high=found.high, n=found.n
    )


def share_measure(arm: str, task: str, name: str, values_C_K: Sequence[Sequence[float]]) -> Measure:
    """Return the share over all values."""
    return measure(arm, task, name, share(values_C_K))


def mean_measure(
    arm: str, task: str, name: str, values_C_K: Sequence[Sequence[float]], least: float = -inf
) -> Iterator[Measure]:
    """Yield the mean of values of at least `least`; that of one problem is not told."""
    if len(values_C_K) > 1:
        found = measure(arm, task, name, mean(values_C_K))
        low = found.low if found.low is None else max(found.low, least)
        yield found.model_copy(update={"low": low})
