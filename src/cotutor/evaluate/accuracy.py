"""Accuracy with intervals, per task and over all, and paired comparisons of arms.

An arm may have several samples of a problem: its accuracy is then avg@k, and
the samples of a problem count as one cluster.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from cotutor.evaluate.chain import is_sound
from cotutor.evaluate.measuring import by_task, measure
from cotutor.format import parse
from cotutor.records import Comparison, Problem, Trace, Verdict
from cotutor.report.model import ALL, Absent, Measure, Row
from cotutor.statistics import majority, paired, paired_samples, pass_at_k, share
from cotutor.verify import DEFAULT, VerifySettings
from cotutor.verify.answers import merge, read_answer

Judged = tuple[Trace, Verdict]

KS = (2, 4, 8, 16, 32, 64, 128)
"""The k of what k samples reach, as far as there are so many; also all of them, up to 128."""

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
        error = next((f"; the first: {t.error}" for t, _ in judged if t.error), "")
        return Absent(arm=arm, task=task, reason=f"of {len(judged)} attempts: {reasons}{error}")
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


def scored_by_problem(judged: Sequence[Judged]) -> dict[str, list[Judged]]:
    """Return the scored samples of each problem, by its id."""
    found: dict[str, list[Judged]] = defaultdict(list)
    for trace, verdict in judged:
        if verdict.outcome != "unscored":
            found[trace.problem_id].append((trace, verdict))
    return found


def right_by_problem(judged: Sequence[Judged]) -> dict[str, list[bool]]:
    """Return whether each scored sample of a problem is right, by the problem's id."""
    return {
        problem: [verdict.outcome == "correct" for _, verdict in some]
        for problem, some in scored_by_problem(judged).items()
    }


def measures(
    arm: str,
    problems: Mapping[str, Problem],
    judged: Sequence[Judged],
    max_unscored: float,
    settings: VerifySettings = DEFAULT,
) -> list[Measure]:
    """Return pass@k, sound-pass@k and maj@k of an arm with several samples, where it has a row.

    Each k of `KS`, and the most samples that a problem has scored, is taken over the
    problems with at least k scored samples. sound-pass@k counts a sample only if its chain
    is sound as well; there is none where no chain could be checked. Votes are for answers
    that the verifier, by its `settings`, takes for the same.

    Source: Chen et al. 2021 (arXiv 2107.03374) for pass@k; Wen et al. 2025 (arXiv
    2506.14245) for sound-pass@k, their CoT-pass@k; Wang et al. 2022 (arXiv 2203.11171)
    for maj@k.
    """
    groups = _by_task(problems, judged)
    tasks = [row.task for row in rows(arm, problems, judged, max_unscored) if isinstance(row, Row)]
    several = {
        key: _samples(problems[key], some, settings)
        for key, some in scored_by_problem(judged).items()
        if len(some) > 1
    }
    return [
        found
        for task in tasks
        for ids in [{trace.problem_id for trace, _ in groups[task]}]
        for found in _measures(arm, task, [one for key, one in several.items() if key in ids])
    ]


@dataclass(frozen=True)
class _Samples:
    """The scored samples of one problem: how many are right, and right by a sound chain; the votes.

    `is_checked` says whether any chain had a statement to check. `votes` are answers, None
    where a sample gives none; `winning` are the right ones among them.
    """

    n: int
    right: int
    sound: int
    is_checked: bool
    votes: list[str | None]
    winning: set[str]

    def reached(self, name: str, k: int) -> float:
        """Return what `k` of the samples reach on average."""
        if name == "maj":
            return majority(self.votes, self.winning, k)
        return pass_at_k(self.n, self.right if name == "pass" else self.sound, k)


def _samples(problem: Problem, some: Sequence[Judged], settings: VerifySettings) -> _Samples:
    right = [verdict for _, verdict in some if verdict.outcome == "correct"]
    examined = [verdict.findings for _, verdict in some if verdict.findings is not None]
    names = _names(problem, some if right else (), settings)  # else no vote is won
    # A sample that was cut has not given its answer, whatever can be read.
    given = [None if v.reason == _TRUNCATED else v.answer for _, v in some]
    return _Samples(
        n=len(some),
        right=len(right),
        sound=sum(is_sound(verdict.findings) for verdict in right),
        is_checked=any(found.valid + found.invalid for found in examined),
        votes=[answer and names.get(answer, answer) for answer in given],
        winning={v.answer for v in right if v.answer is not None and names[v.answer] == v.answer},
    )


def _names(problem: Problem, some: Sequence[Judged], settings: VerifySettings) -> dict[str, str]:
    """Return for each answer as read the first one that is the same, in the order of the samples.

    Under a published rule answers are the same where they are written alike.
    """
    traces: dict[str, Trace] = {}
    for trace, verdict in some:
        if verdict.answer is not None and verdict.reason != _TRUNCATED:
            traces.setdefault(verdict.answer, trace)
    if len(traces) < 2 or settings.rule != "cotutor":
        return {answer: answer for answer in traces}
    readings = [read_answer(problem, trace, settings) for trace in traces.values()]
    pairs = list(zip(traces, readings, strict=True))
    verdicts = {reading.text: answer for answer, reading in reversed(pairs) if reading is not None}
    merged = merge(problem, readings, settings)
    return {
        answer: answer if first is None else verdicts[first.text]
        for answer, first in zip(traces, merged, strict=True)
    }


def _measures(arm: str, task: str, several: Sequence[_Samples]) -> Iterator[Measure]:
    most = min(max((one.n for one in several), default=1), KS[-1])
    is_checked = any(one.is_checked for one in several)
    names = ("pass", "sound-pass", "maj") if is_checked else ("pass", "maj")
    for k in sorted({most, *(k for k in KS if k < most)} - {1}):
        enough = [one for one in several if one.n >= k]
        for name in names:
            values = [[one.reached(name, k)] for one in enough]
            found = share(values, draws=sum(one.n for one in enough))
            yield measure(arm, task, f"{name}@{k}", found)


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
