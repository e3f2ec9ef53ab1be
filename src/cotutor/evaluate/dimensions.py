"""What completions are like beside being right: transparent, and free of contradictions.

Over all of an arm's completions on a task, right or wrong; those that never came are left out.
Measures of completions are clustered by problem.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import sqrt
from statistics import covariance, fmean
from typing import Any, NamedTuple

from cotutor.evaluate.accuracy import Judged
from cotutor.evaluate.coherence import contradictions
from cotutor.format import format_named, parse
from cotutor.records import Problem, Trace, Verdict
from cotutor.report.model import ALL, Measure
from cotutor.statistics import mean, share, t_quantile
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
    by_task: dict[str, list[_Look]] = defaultdict(list)
    for trace, verdict in judged:
        if trace.error is None:
            problem = problems[trace.problem_id]
            by_task[problem.task].append(_look(problem, trace, verdict))
    if len(by_task) > 1:
        by_task = {ALL: [one for some in by_task.values() for one in some], **by_task}
    return [measure for task, some in by_task.items() for measure in _measures(arm, task, some)]


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
    told: dict[str, Any] = {"arm": arm, "task": task}
    stated = _by_problem((one.problem, one.steps) for one in looks)
    if len(stated) > 1:
        found = mean(stated)
        told["n"] = found.n
        yield Measure(
            name="steps-stated", value=found.value, low=found.low, high=found.high, **told
        )
    shares = {
        "format-kept": _by_problem((one.problem, one.is_formatted) for one in looks),
        "contradicting": _by_problem((one.problem, one.contradicts) for one in looks),
    }
    for name, values_C_K in shares.items():
        if values_C_K:
            part = share(values_C_K)
            told["n"] = part.n
            yield Measure(name=name, value=part.value, low=part.low, high=part.high, **told)
    counted = [one for one in looks if one.tokens is not None and one.is_right is not None]
    tokens = _by_problem((one.problem, one.tokens) for one in counted)
    right = _by_problem((one.problem, one.is_right) for one in counted)
    if any(map(any, right)):
        value, low, high = ratio(list(map(sum, tokens)), list(map(sum, right)))
        told["n"] = len(tokens)
        yield Measure(name="tokens-per-right", value=value, low=low, high=high, **told)


def _by_problem(pairs: Iterable[tuple[str, float | None]]) -> list[list[float]]:
    """Return the values that there are, those of one problem together."""
    found: dict[str, list[float]] = defaultdict(list)
    for problem, value in pairs:
        if value is not None:
            found[problem].append(value)
    return list(found.values())


def ratio(
    above: Sequence[float], below: Sequence[float]
) -> tuple[float, float | None, float | None]:
    """Return sum over sum with its 95 % limits; None where the data set no bound.

    Source: Fieller, J. R. Stat. Soc. B 16 (1954) 175-185.
    """
    n, value = len(above), sum(above) / sum(below)
    if n < 2:
        return value, None, None
    scale = t_quantile(n - 1) ** 2 / n
    x, y = fmean(above), fmean(below)
    a = y * y - scale * covariance(below, below)
    b = x * y - scale * covariance(above, below)
    c = x * x - scale * covariance(above, above)
    if a <= 0:  # the lower sum may be zero, as far as the data tell
        return value, None, None
    root = sqrt(max(b * b - a * c, 0.0))
    return value, (b - root) / a, (b + root) / a
