"""The result of a run in plain words, made from its numbers.

One rule decides what may be claimed: a difference is called a gain or a loss
when its interval excludes zero and p < 0.05; else the text says that chance
can explain it.
"""

from collections import Counter
from typing import Literal

from cotutor.records import Comparison
from cotutor.report.model import ALL, Report, Row
from cotutor.report.words import interval, p_value, percent, points, points_interval

LEVEL = 0.05

Finding = Literal["better", "worse", "unclear"]


def finding(comparison: Comparison) -> Finding:
    """Say whether `a` is better than `b`, worse, or neither beyond what chance explains."""
    if comparison.p >= LEVEL or comparison.low <= 0 <= comparison.high:
        return "unclear"
    return "better" if comparison.difference > 0 else "worse"


def headline(report: Report) -> str:
    """Return the one sentence that tells how the run came out."""
    if not report.rows:
        return "Nothing was evaluated in this run, so there is no result to tell."
    main = report.main
    if main is None:
        return _without_comparison(report)
    a, b = report.row(main.a, main.task), report.row(main.b, main.task)
    where = "" if main.task in (ALL, report.overall) else f" of {main.task}"
    if a is None or b is None:
        return f"On {main.n:,} {report.problems}{where}, {main.a} against {main.b}: {_told(main)}."
    return (
        f"{a.arm} gets {_share(a)} of {a.n:,} {report.problems}{where} right; "
        f"{b.arm} gets {_share(b)}{'' if b.n == a.n else f' of {b.n:,}'}: {_told(main)}."
    )


def scale(report: Report) -> str:
    """Return a sentence that gives the result a scale: tasks won and lost, chance, teacher."""
    parts = [_by_task(report), _references(report)]
    return " ".join(part for part in parts if part)


def _share(row: Row) -> str:
    return f"{percent(row.accuracy)} {interval(row.low, row.high)}"


def _told(comparison: Comparison) -> str:
    size = points(comparison.difference)
    evidence = f"{points_interval(comparison.low, comparison.high)}, {p_value(comparison.p)}"
    match finding(comparison):
        case "better":
            return f"a gain of {size.lstrip('+')} points {evidence}"
        case "worse":
            return f"a loss of {size[1:]} points {evidence}"
        case "unclear":
            return f"a difference of {size} points {evidence}, which chance can explain"


def _without_comparison(report: Report) -> str:
    """Tell of the last student (else the last arm) that has a row; the choice looks at no score."""
    judged = {row.arm for row in report.rows}
    arms = [arm for arm in report.arms if arm.name in judged]
    students = [arm for arm in arms if arm.kind == "student"]
    name = (students or arms)[-1].name
    row = report.row(name, report.overall) or next(r for r in report.rows if r.arm == name)
    where = "" if row.task in (ALL, report.overall) else f" of {row.task}"
    return (
        f"{name} gets {_share(row)} of {row.n:,} {report.problems}{where} right; "
        "this run compared it with nothing."
    )


def _by_task(report: Report) -> str:
    main = report.main
    if main is None or main.task != ALL:
        return ""
    pair = [c for c in report.comparisons if (c.a, c.b) == (main.a, main.b) and c.task != ALL]
    if len(pair) < 2:
        return ""
    found = Counter(finding(c) for c in pair)
    return (
        f"Task by task, {main.a} is clearly better on {found['better']} of {len(pair)}, "
        f"clearly worse on {found['worse']}, and on {found['unclear']} chance can explain "
        "the difference."
    )


def _references(report: Report) -> str:
    arms = [*report.of_kind("chance"), *report.of_kind("teacher")]
    rows = [row for arm in arms if (row := report.row(arm.name, report.overall))]
    if not rows:
        return ""
    return "For scale: " + ", ".join(f"{row.arm} {percent(row.accuracy)}" for row in rows) + "."
