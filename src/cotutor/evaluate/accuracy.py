"""Accuracy with intervals, per task and over all, and paired comparisons of arms.

An arm may have several samples of a problem: its accuracy is then avg@k, and
the samples of a problem count as one cluster.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from cotutor.evaluate.measuring import by_task, measure
from cotutor.format import parse
from cotutor.records import Comparison, Problem, Trace, Verdict
from cotutor.report.model import ALL, Absent, Measure, Row
from cotutor.statistics import majority, paired, paired_samples, pass_at_k, share

Judged = tuple[Trace, Verdict]

KS = (2, 4, 8, 16, 32, 64, 128)
"""The k of pass@k and maj@k, as far as there are so many samples; also all of them, up to 128."""

_TRUNCATED = "truncated"


def rows(
    arm: str, problems: Mapping[str, Problem], judged: Sequence[Judged], max_unscored: float
) -> list[Row | Absent]:
    """Return one row per task and, with several tasks, one over all.

    `n` counts problems. Unscored attempts are left out and counted. Where they
    are more than the share `max_unscored`, the rest would be another test: no
    row, but the reason.
    """
    groups = _by_task(problems, judged)
    found = [_row(arm, task, some, max_unscored) for task, some in groups.items()]
    if any(isinstance(row, Absent) for row in found[1:]):
        found[0] = Absent(arm=arm, task=ALL, reason="not every task could be scored")
    return found


def _by_task(problems: Mapping[str, Problem], judged: Sequence[Judged]) -> dict[str, list[Judged]]:
    return by_task((problems[pair[0].problem_id].task, pair) for pair in judged)


def _row(arm: str, task: str, judged: Sequence[Judged], max_unscored: float) -> Row | Absent:
    scored = [(t, v) for t, v in judged if v.outcome != "unscored"]
    unscored = Counter(v.reason for _, v in judged if v.outcome == "unscored")
    if not scored or unscored.total() > max_unscored * len(judged):
        reasons = ", ".join(f"{n} {reason}" for reason, n in unscored.most_common())
        return Absent(arm=arm, task=task, reason=f"of {len(judged)} attempts: {reasons}")
    estimate = share(list(right_by_problem(scored).values()), unscored=unscored.total())
    lengths = [t.completion_tokens for t, _ in scored if t.completion_tokens is not None]
    return Row(
        arm=arm,
        task=task,
        n=estimate.n,
        accuracy=estimate.value,
        low=estimate.low,
        high=estimate.high,
        unscored=estimate.unscored,
        format_rate=sum(parse(t).is_formatted for t, _ in scored) / len(scored),
        truncation_rate=sum(t.finish == "length" for t, _ in scored) / len(scored),
        tokens=sum(lengths) / len(lengths) if lengths else None,
    )


def scored_by_problem(judged: Sequence[Judged]) -> dict[str, list[Verdict]]:
    """Return the verdicts on the scored samples of each problem, by its id."""
    found: dict[str, list[Verdict]] = defaultdict(list)
    for trace, verdict in judged:
        if verdict.outcome != "unscored":
            found[trace.problem_id].append(verdict)
    return found


def right_by_problem(judged: Sequence[Judged]) -> dict[str, list[bool]]:
    """Return whether each scored sample of a problem is right, by the problem's id."""
    return {
        problem: [verdict.outcome == "correct" for verdict in verdicts]
        for problem, verdicts in scored_by_problem(judged).items()
    }


def measures(
    arm: str, problems: Mapping[str, Problem], judged: Sequence[Judged], max_unscored: float
) -> list[Measure]:
    """Return pass@k and maj@k of an arm with several samples, where it has a row.

    Each k of `KS`, and the most samples that a problem has scored, is taken over the
    problems with at least k scored samples.
    """
    groups = _by_task(problems, judged)
    tasks = [row.task for row in rows(arm, problems, judged, max_unscored) if isinstance(row, Row)]
    return [found for task in tasks for found in _measures(arm, task, groups[task])]


def _measures(arm: str, task: str, judged: Sequence[Judged]) -> Iterator[Measure]:
    scored = scored_by_problem(judged).values()
    most = min(max(map(len, scored)), KS[-1])
    for k in sorted({most, *(k for k in KS if k < most)} - {1}):
        enough = [verdicts for verdicts in scored if len(verdicts) >= k]
        for name, reached in (("pass", _passed), ("maj", _voted)):
            values = [[reached(verdicts, k)] for verdicts in enough]
            found = share(values, draws=sum(map(len, enough)))
            yield measure(arm, task, f"{name}@{k}", found)


def _passed(verdicts: Sequence[Verdict], k: int) -> float:
    return pass_at_k(len(verdicts), sum(v.outcome == "correct" for v in verdicts), k)


def _voted(verdicts: Sequence[Verdict], k: int) -> float:
    """Return maj@k; a sample that was cut has not given its answer, whatever can be read."""
    votes = [None if v.reason == _TRUNCATED else v.answer for v in verdicts]
    right = {v.answer for v in verdicts if v.outcome == "correct" and v.answer is not None}
    return majority(votes, right, k)


def chance(problems: Sequence[Problem]) -> list[Row]:
    """Return the exact expectation of guessing: its interval is the value itself.

    A choice is one of its options, yes/no is a half, and a number or a string
    is never guessed.
    """
    found = []
    for task, some in by_task((problem.task, problem) for problem in problems).items():
        value = float(sum(map(_guess, some)) / len(some))
        found.append(
            Row(arm="random", task=task, n=len(some), accuracy=value, low=value, high=value)
        )
    return found


def _guess(problem: Problem) -> Fraction:
    if problem.kind == "choice":
        return Fraction(1, len(problem.choices))
    return Fraction(1, 2) if problem.kind == "yes_no" else Fraction(0)


def compare(
    a: str, b: str, problems: Mapping[str, Problem], judged: Mapping[str, Sequence[Judged]]
) -> list[Comparison]:
    """Return arm `a` minus arm `b`, over all tasks first and then per task.

    Only problems on which both were scored are compared: by McNemar's test
    where there is one sample of each, else by the means of a problem's samples.
    """
    found = []
    for task in _by_task(problems, judged[a]):
        sides = [of_task(right_by_problem(judged[arm]), problems, task) for arm in (a, b)]
        if not sides[0].keys() & sides[1].keys():
            continue
        if all(len(right) == 1 for side in sides for right in side.values()):
            singles = [{key: right[0] for key, right in side.items()} for side in sides]
            found.append(paired(*singles, names=(a, b), task=task))
        else:
            found.append(paired_samples(*sides, names=(a, b), task=task))
    return found


def of_task(
    right: Mapping[str, list[bool]], problems: Mapping[str, Problem], task: str
) -> dict[str, list[bool]]:
    """Return what belongs to the problems of a task, or of all."""
    return {key: some for key, some in right.items() if task in (ALL, problems[key].task)}
