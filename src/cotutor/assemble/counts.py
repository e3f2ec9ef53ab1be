"""Everything that was dropped or marked in a run, stage by stage."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cotutor.assemble.made import manifest, trainings
from cotutor.evaluate.accuracy import Judged
from cotutor.records import Probe
from cotutor.report.model import Count
from cotutor.stages import Run, probes


def counts(run: Run, judged: Mapping[str, Sequence[Judged]]) -> Iterator[Count]:
    """Yield everything that was dropped or marked, stage by stage."""
    for reason, n in manifest(run, "collect")["failed"].items():
        yield Count(
            stage="collect",
            what="traces",
            n=n,
            of=manifest(run, "collect")["traces"],
            reason=reason,
        )
    for what, n in manifest(run, "collect")["tally"].items():
        yield Count(stage="collect", what=what, n=n, reason="as the teacher counted")
    yield from _per_teacher(manifest(run, "collect"))
    curated = manifest(run, "curate")
    for reason, n in curated["rejected"].items():
        yield Count(stage="curate", what="traces", n=n, of=curated["traces"], reason=reason)
    yield from _lost_rows(run)
    for arm, some in judged.items():
        unscored = Counter(v.reason or "unscored" for _, v in some if v.outcome == "unscored")
        for reason, n in unscored.items():
            yield Count(
                stage="evaluate", what="attempts", n=n, of=len(some), reason=reason, arm=arm
            )
    for student in run.config.students:
        yield from _unprobed(student.name, probes(run, student.name))


def _unprobed(arm: str, found: Sequence[Probe]) -> Iterator[Count]:
    """Yield the traces that no probe could use, and what else a probe could not do.

    A hint that was not taken cannot be admitted: it is no loss.
    """
    of = Counter(probe.probe for probe in found)
    traces = {probe.trace_id for probe in found}
    told = {probe.trace_id for probe in found if probe.reason is None}
    whole = {probe.trace_id: probe.reason for probe in found if probe.trace_id not in told}
    for reason, n in Counter(whole.values()).items():
        yield Count(stage="probe", what="traces", n=n, of=len(traces), reason=reason or "", arm=arm)
    lost = Counter(
        (probe.probe, probe.reason)
        for probe in found
        if probe.reason and probe.trace_id in told and probe.probe != "hint-admitted"
    )
    for (name, reason), n in lost.items():
        yield Count(stage="probe", what=f"{name} probes", n=n, of=of[name], reason=reason, arm=arm)


def _per_teacher(collected: dict[str, Any]) -> Iterator[Count]:
    """Yield what each of several teachers wrote."""
    if len(collected["teachers"]) < 2:
        return
    for name, part in collected["teachers"].items():
        cost = "" if part["cost"] is None else f", cost {part['cost']:.2f}"
        yield Count(
            stage="collect", what="traces", n=part["traces"], of=collected["traces"],
            reason=f"by {name}{cost}",
        )  # fmt: skip


_AUDITED = {
    "dropped": "longer than sft.max_length: dropped",
    "truncated": "longer than sft.max_length: the beginning of the prompt was cut",
    "without_end": "no end-of-text label",
    "fully_masked": "no token to learn from",
    "retokenised": "split otherwise if encoded in one go with the prompt: trained as generated",
}


def _lost_rows(run: Run) -> Iterator[Count]:
    kept = {trace.problem_id for trace in run.kept()}
    for arm in run.config.students:
        audit = sum((Counter(one["audit"]) for one in trainings(run, arm)), Counter())
        audit["dropped"] = audit["too_long"] - audit["truncated"]
        if arm.reasoning == "traces":
            without = len(run.train) - len(kept)
            yield Count(
                stage="examples", what="problems", n=without, of=len(run.train),
                reason="no trace was kept", arm=arm.name,
            )  # fmt: skip
        for key, reason in _AUDITED.items():
            yield Count(
                stage="sft",
                what="rows",
                n=audit[key],
                of=audit["examples"],
                reason=reason,
                arm=arm.name,
            )
