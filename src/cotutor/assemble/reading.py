"""The attempts that a person reads in the report."""

from collections.abc import Iterator, Mapping, Sequence

from cotutor.evaluate.accuracy import Judged
from cotutor.records import Trace, Verdict, digest
from cotutor.report.model import (
    Attempt,
    SideBySide,
)
from cotutor.stages import Run

SHOWN = 60


def side_by_side(run: Run, judged: Mapping[str, Sequence[Judged]]) -> Iterator[SideBySide]:
    """Yield the attempts of all arms on some problems: drawn by digest, the same in every run."""
    by_arm = {arm: {t.problem_id: (t, v) for t, v in some} for arm, some in judged.items()}
    drawn = sorted(run.tested, key=lambda problem: digest("shown", problem.id))[:SHOWN]
    for problem in sorted(drawn, key=lambda problem: problem.task):
        attempts = [
            _shown(arm, *found[problem.id]) for arm, found in by_arm.items() if problem.id in found
        ]
        yield SideBySide(
            problem_id=problem.id, task=problem.task, question=problem.question,
            gold=problem.gold, attempts=tuple(attempts),
        )  # fmt: skip


def _shown(arm: str, trace: Trace, verdict: Verdict) -> Attempt:
    return Attempt(
        arm=arm,
        completion=trace.completion if trace.error is None else f"({trace.error})",
        answer=verdict.answer,
        outcome=verdict.outcome,
        finish=trace.finish,
        reason=verdict.reason,
    )
