"""What completions are like beside being right: transparent, and free of contradictions.

Over all of an arm's completions on a task, right or wrong; those that never came are left out.
Measures of completions are clustered by problem.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from cotutor.evaluate.accuracy import Judged
from cotutor.evaluate.coherence import contradictions
from cotutor.evaluate.measuring import by_problem, by_task, mean_measure, share_measure
from cotutor.format import format_named, parse
from cotutor.records import Problem, Trace, Verdict
from cotutor.report.model import Measure
from cotutor.statistics import ratio
from cotutor.verify.steps import steps


class _Look(NamedTuple):
    """One completion; what its format or backend does not tell is None."""

    problem: str
    steps: float | None
    is_formatted: float
    contradicts: float | None
    tokens: int | None
    is_right: bool | None


def dimensions(
    arm: str, problems: Mapping[str, Problem], judged: Sequence[Judged]
) -> list[Measure]:
    """Return transparency and coherence per task and, with several tasks, over all.

    An arm whose format is the answer alone states no steps, by its format: its completions
    have no measure of steps and none of contradictions.
    """
    looks = by_task(
        (problems[trace.problem_id].task, _look(problems[trace.problem_id], trace, verdict))
        for trace, verdict in judged
        if trace.error is None
    )
    return [found for task, some in looks.items() for found in _measures(arm, task, some)]


def _look(problem: Problem, trace: Trace, verdict: Verdict) -> _Look:
    read = parse(trace)
    has_steps = format_named(trace.format).mark is not None
    return _Look(
        problem=problem.id,
        steps=len(steps(read.text)) if has_steps else None,
        is_formatted=float(read.is_formatted),
        contradicts=float(bool(contradictions(problem, read.text))) if has_steps else None,
        tokens=trace.completion_tokens,
        is_right=None if verdict.outcome == "unscored" else verdict.outcome == "correct",
    )


def _measures(arm: str, task: str, looks: Sequence[_Look]) -> Iterator[Measure]:
    stated = by_problem((one.problem, one.steps) for one in looks)
    yield from mean_measure(arm, task, "steps-stated", stated, least=0.0)
    shares = {
        "format-kept": by_problem((one.problem, one.is_formatted) for one in looks),
        "contradicting": by_problem((one.problem, one.contradicts) for one in looks),
    }
    for name, values_C_K in shares.items():
        if values_C_K:
            yield share_measure(arm, task, name, values_C_K)
    counted = [one for one in looks if one.tokens is not None and one.is_right is not None]
    tokens = by_problem((one.problem, one.tokens) for one in counted)
    right = by_problem((one.problem, one.is_right) for one in counted)
    if any(map(any, right)):
        value, low, high = ratio(list(map(sum, tokens)), list(map(sum, right)))
        yield Measure(
            arm=arm, task=task, name="tokens-per-right", value=value, low=low, high=high,
            n=len(tokens),
        )  # fmt: skip
