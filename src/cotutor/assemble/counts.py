"""Everything that was dropped or marked in a run, stage by stage."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cotutor.assemble.made import manifest, trainings
from cotutor.evaluate.accuracy import Judged
from cotutor.report.model import (
    Count,
)
from cotutor.stages import Run


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
