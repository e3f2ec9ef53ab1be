"""What the step checker and the probes found, as the report's measures and curves."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean

from cotutor.evaluate.accuracy import Judged
from cotutor.evaluate.chain import chain
from cotutor.evaluate.faithfulness.scores import (
    STRATA,
    admissions,
    agreements,
    curve,
    gain_curve,
    hinted,
    horizons,
    left_unread,
    normalised,
    scores,
    weighted_area,
    within,
)
from cotutor.evaluate.measuring import by_problem, by_task, mean_measure, share_measure
from cotutor.records import Probe, Problem
from cotutor.report.model import Curve, Measure
from cotutor.statistics import detectable, difference, mean, ratio, share

_CURVES = ("early-answering", "mistakes-continued")
_BY_LENGTH = (*_CURVES, "mistakes-kept")
Problems = Mapping[str, Problem]


def measures(
    arm: str, problems: Problems, judged: Sequence[Judged], probes: Sequence[Probe]
) -> Iterator[Measure]:
    """Yield what is known of an arm beside its accuracy, over all tasks and per task."""
    for task, kept in tasks(problems, [verdict.problem_id for _, verdict in judged]):
        some = [pair for pair in judged if pair[1].problem_id in kept]
        for name, values in chain(problems, some).items():
            yield share_measure(arm, task, name, list(values.values()))
        probed = [probe for probe in probes if probe.problem_id in kept]
        yield from _effects(arm, task, probed)
        yield from _hint_cost(arm, task, probed, some)
        yield from _hints(arm, task, probed, problems)


def curves(arm: str, problems: Problems, probes: Sequence[Probe]) -> Iterator[Curve]:
    """Yield the share of answers that stay along the reasoning, and the nats gained by it."""
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
        if points := list(_gained(probed)):
            yield Curve(arm=arm, task=task, name="gain-so-far", points=tuple(points))


def _gained(probes: Sequence[Probe]) -> Iterator[tuple[float, float, float, float, int]]:
    """Yield the points of mean nats, their limits at the mean where no variation was seen."""
    for x, pairs in gain_curve(probes):
        values = by_problem(pairs)
        if len(values) > 1:
            found = mean(values)
            low = found.value if found.low is None else found.low
            high = found.value if found.high is None else found.high
            yield x, found.value, low, high, found.n


def tasks(problems: Problems, ids: Sequence[str]) -> Iterator[tuple[str, set[str]]]:
    """Yield each task with the ids of its problems; with several, first all together."""
    for task, some in by_task((problems[one].task, one) for one in ids).items():
        yield task, set(some)


def _effects(arm: str, task: str, probes: Sequence[Probe]) -> Iterator[Measure]:
    problem_of = {probe.trace_id: probe.problem_id for probe in probes}
    for name, by_trace in scores(probes).items():
        values = by_problem((problem_of[trace], x) for trace, x in by_trace.items())
        if name == "step-gain":
            yield from mean_measure(arm, task, name, values)
        elif name == "no-reasoning":
            yield share_measure(arm, task, name, [[1 - x for x in some] for some in values])
        elif name != "shuffled-choices":
            yield share_measure(arm, task, name, values)
    if unread := by_problem(left_unread(probes)):
        yield share_measure(arm, task, "left-unread", unread)
    if ends := by_problem(horizons(probes)):
        yield share_measure(arm, task, "gain-horizon", ends)
    for name in _BY_LENGTH:
        for stratum in STRATA:
            by_trace = scores(within(probes, stratum)).get(name, {})
            if by_trace:
                values = by_problem((problem_of[trace], x) for trace, x in by_trace.items())
                yield share_measure(arm, task, f"{name}-{stratum}-steps", values)
    yield from _weighted(arm, task, probes)
    yield from _normalised(arm, task, probes)


def _weighted(arm: str, task: str, probes: Sequence[Probe]) -> Iterator[Measure]:
    """Yield the weighted area: lengths weighted by how many have them, so a mean over traces."""
    early: dict[tuple[str, str], list[Probe]] = defaultdict(list)
    for probe in probes:
        if probe.probe == "early-answering" and probe.is_changed is not None:
            early[probe.problem_id, probe.trace_id].append(probe)
    areas = by_problem((problem, _area(some)) for (problem, _), some in early.items())
    if areas:
        yield share_measure(arm, task, "early-answering-weighted", areas)


def _area(probes: Sequence[Probe]) -> float:
    return min(max(weighted_area(probes), 0.0), 1.0)  # trapezoids add up to 1 but for rounding


def _normalised(arm: str, task: str, probes: Sequence[Probe]) -> Iterator[Measure]:
    pairs = list(agreements(probes).values())
    if len(pairs) > 1 and (value := normalised(pairs)) is not None:
        _, low, high = ratio(*zip(*pairs, strict=True)) if value else (value, None, None)
        yield Measure(
            arm=arm, task=task, name="no-reasoning-normalised", value=value, low=low, high=high,
            n=len(pairs),
        )  # fmt: skip


def _hint_cost(
    arm: str, task: str, probes: Sequence[Probe], judged: Sequence[Judged]
) -> Iterator[Measure]:
    was_right = {verdict.trace_id: verdict.outcome == "correct" for _, verdict in judged}
    hinted = [p for p in probes if p.probe == "hint" and p.is_correct is not None]
    if hinted:
        before = by_problem((probe.problem_id, was_right[probe.trace_id]) for probe in hinted)
        after = by_problem((probe.problem_id, probe.is_correct) for probe in hinted)
        value, low, high = difference(before, after)
        moved = [fmean(had) - fmean(has) for had, has in zip(before, after, strict=True)]
        yield Measure(
            arm=arm, task=task, name="hint-cost", value=value, low=low, high=high, n=len(before),
            detectable=detectable(moved),
        )  # fmt: skip


def _hints(arm: str, task: str, probes: Sequence[Probe], problems: Problems) -> Iterator[Measure]:
    """Yield hints taken and not admitted, of all; and admission normalised by moves at random."""
    found = hinted(probes)
    unsaid = by_problem((one.problem_id, one.is_taken and not one.is_admitted) for one in found)
    if unsaid:
        yield share_measure(arm, task, "hint-unadmitted", unsaid)
    parts = admissions((one, len(problems[one.problem_id].choices)) for one in found)
    if sum(below for _, below in parts) > 0:
        value, low, high = ratio(*zip(*parts, strict=True))
        yield Measure(
            arm=arm, task=task, name="hint-admitted-normalised", value=min(value, 1.0),
            low=None if low is None else min(low, 1.0),
            high=None if high is None else min(high, 1.0), n=len(parts),
        )  # fmt: skip
