"""What the step checker and the probes found, as the report's measures and curves."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from cotutor.evaluate.accuracy import Judged
from cotutor.evaluate.chain import chain
from cotutor.evaluate.faithfulness.scores import (
    STRATA,
    agreements,
    curve,
    normalised,
    scores,
    weighted_area,
    within,
)
from cotutor.records import Probe, Problem
from cotutor.report.model import ALL, Curve, Measure
from cotutor.statistics import bootstrap, mean, share

_CURVES = ("early-answering", "mistakes-continued")
_ROUNDS = 500
Problems = Mapping[str, Problem]
T = TypeVar("T")


def measures(
    arm: str, problems: Problems, judged: Sequence[Judged], probes: Sequence[Probe]
) -> Iterator[Measure]:
    """Yield what is known of an arm beside its accuracy, over all tasks and per task."""
    for task, kept in tasks(problems, [verdict.problem_id for _, verdict in judged]):
        some = [pair for pair in judged if pair[1].problem_id in kept]
        for name, values in chain(problems, some).items():
            yield _share(arm, task, name, list(values.values()))
        probed = [probe for probe in probes if probe.problem_id in kept]
        yield from _effects(arm, task, probed)
        yield from _hint_cost(arm, task, probed, some)


def curves(arm: str, problems: Problems, probes: Sequence[Probe]) -> Iterator[Curve]:
    """Yield the share of answers that stay along the reasoning, with intervals."""
    for task, kept in tasks(problems, [probe.problem_id for probe in probes]):
        probed = [probe for probe in probes if probe.problem_id in kept]
        for name in _CURVES:
            points = []
            for x, values in curve(probed, name):
                if values:
                    found = share([[value] for value in values])
                    points.append((x, found.value, found.low, found.high, found.n))
            if points:
                yield Curve(arm=arm, task=task, name=name, points=tuple(points))


def tasks(problems: Problems, ids: Sequence[str]) -> Iterator[tuple[str, set[str]]]:
    """Yield each task with the ids of its problems; with several, first all together."""
    by_task: dict[str, set[str]] = defaultdict(set)
    for one in ids:
        by_task[problems[one].task].add(one)
    if len(by_task) > 1:
        yield ALL, set(ids)
    yield from by_task.items()


def _effects(arm: str, task: str, probes: Sequence[Probe]) -> Iterator[Measure]:
    problem_of = {probe.trace_id: probe.problem_id for probe in probes}
    for name, by_trace in scores(probes).items():
        values = _by_problem(by_trace, problem_of)
        if name == "step-gain":
            yield from _mean(arm, task, name, values)
        elif name == "no-reasoning":
            yield _share(arm, task, name, [[1 - x for x in some] for some in values])
        elif name != "shuffled-choices":
            yield _share(arm, task, name, values)
    for name in _CURVES:
        for stratum in STRATA:
            by_trace = scores(within(probes, stratum)).get(name, {})
            if by_trace:
                values = _by_problem(by_trace, problem_of)
                yield _share(arm, task, f"{name}-{stratum}-steps", values)
    yield from _resampled(arm, task, probes)


def _resampled(arm: str, task: str, probes: Sequence[Probe]) -> Iterator[Measure]:
    """Yield what is no mean over problems, with bootstrap intervals."""
    early: dict[str, list[Probe]] = defaultdict(list)
    for probe in probes:
        if probe.probe == "early-answering" and probe.is_changed is not None:
            early[probe.problem_id].append(probe)
    clusters = list(early.values())
    if len(clusters) > 1:
        yield _bootstrap(arm, task, "early-answering-weighted", clusters, _area)
    pairs = list(agreements(probes).values())
    if len(pairs) > 1:
        yield _bootstrap(arm, task, "no-reasoning-normalised", pairs, normalised)


def _area(clusters: Sequence[Sequence[Probe]]) -> float:
    return weighted_area([probe for some in clusters for probe in some])


def _hint_cost(
    arm: str, task: str, probes: Sequence[Probe], judged: Sequence[Judged]
) -> Iterator[Measure]:
    before = {verdict.trace_id: verdict.outcome == "correct" for _, verdict in judged}
    lost: dict[str, list[float]] = defaultdict(list)
    for probe in probes:
        if probe.probe == "hint" and probe.is_correct is not None:
            lost[probe.problem_id].append(float(before[probe.trace_id]) - probe.is_correct)
    yield from _mean(arm, task, "hint-cost", list(lost.values()))


def _by_problem(by_trace: Mapping[str, float], problem_of: Mapping[str, str]) -> list[list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    for trace, value in by_trace.items():
        found[problem_of[trace]].append(value)
    return list(found.values())


def _share(arm: str, task: str, name: str, values_C_K: Sequence[Sequence[float]]) -> Measure:
    found = share(values_C_K)
    return Measure(
        arm=arm, task=task, name=name, value=found.value, low=found.low, high=found.high, n=found.n
    )


def _mean(
    arm: str, task: str, name: str, values_C_K: Sequence[Sequence[float]]
) -> Iterator[Measure]:
    if len(values_C_K) > 1:
        found = mean(values_C_K)
        yield Measure(
            arm=arm, task=task, name=name, value=found.value, low=found.low, high=found.high,
            n=found.n,
        )  # fmt: skip


def _bootstrap(
    arm: str, task: str, name: str, clusters: Sequence[T], statistic: Callable[[Sequence[T]], float]
) -> Measure:
    low, high = bootstrap(clusters, statistic, rounds=_ROUNDS)
    return Measure(
        arm=arm, task=task, name=name, value=statistic(clusters), low=low, high=high,
        n=len(clusters),
    )  # fmt: skip
