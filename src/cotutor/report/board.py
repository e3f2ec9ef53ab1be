"""The table of arms against measures: which rows it has, and what stands in them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from markupsafe import Markup

from cotutor.report.drawing import arm_classes
from cotutor.report.measure_charts import strip_chart
from cotutor.report.measures import GROUPS, MEASURES, About, Unit, title_of
from cotutor.report.model import ALL, SKILL, Arm, Measure, Report
from cotutor.report.trust import told_apart
from cotutor.report.words import MINUS, percent, points

MUST_BE_ZERO = frozenset({"re-insertion"})
"""The controls that find a fault of the evaluation itself where they are not 0."""

OTHER = "Other measures"
UNITS: dict[Unit, str] = {
    "share": "%", "points": "points", "tokens": "tokens", "nats": "nats", "count": "count",
    "perplexity": "perplexity", "score": "score",
}  # fmt: skip
ACCURACY = About(
    title="Accuracy", group="accuracy", unit="share", better="higher",
    shows="Share of tested problems answered correctly; says nothing of how.",
)  # fmt: skip


Flag = Literal["alarm", "loss"]
"""A control that is not what it must be; something that the student knew before and lost."""


@dataclass(frozen=True)
class Cell:
    """One measure of one arm, as read; `n` only where it is not one for the whole line.

    `detectable` is the smallest difference that it could have shown, where that is known.
    """

    value: str
    interval: str | None
    n: int | None
    detectable: str | None
    flag: Flag | None


@dataclass(frozen=True)
class Line:
    """One measure for all arms; `about` is None for a measure that nobody described.

    `n` are the fewest and the most of an arm. `told_apart` says how often it told kinds of
    students apart whose faithfulness is known.
    """

    name: str
    about: About | None
    n: tuple[int, int]
    told_apart: str | None
    cells: tuple[Cell | None, ...]
    chart: Markup

    @property
    def title(self) -> str:
        """Return the title, or the name as it stands."""
        return self.about.title if self.about else self.name

    @property
    def unit(self) -> str | None:
        """Return the unit's sign or name."""
        return UNITS[self.about.unit] if self.about else None


@dataclass(frozen=True)
class Block:
    """The measures of one group on one task, titled by the one that the table does not tell."""

    key: str
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Board:
    """Measures as a table; the columns are the arms that have any."""

    arms: tuple[Arm, ...]
    blocks: tuple[Block, ...]

    @property
    def has_detectable(self) -> bool:
        """Whether a cell says what it could have shown."""
        cells = (cell for block in self.blocks for line in block.lines for cell in line.cells)
        return any(cell is not None and cell.detectable is not None for cell in cells)


@dataclass(frozen=True)
class Beside:
    """The measures of one group that are of no tested task: a block for each set they are of."""

    key: str
    title: str
    board: Board
    skills: Board


def boards(report: Report) -> dict[str, Board]:
    """Return the table of every tested task that has a measure, in the report's order.

    In a run of one task, what is measured over all tasks is of that one.
    """
    found: dict[str, list[Measure]] = {task: [] for task in _tested(report)}
    for measure in report.measures:
        is_of_all = measure.task == ALL and ALL not in report.tasks
        task = (report.overall or ALL) if is_of_all else measure.task
        if task in found:
            found[task].append(measure)
    return {task: _board(report, task, some) for task, some in found.items() if some}


def beside(report: Report) -> list[Beside]:
    """Return, by group, the measures of what is no tested task: sets, skills, texts, criteria."""
    tested, found = _tested(report), dict[str, list[Measure]]()
    for measure in report.measures:
        if measure.task not in tested:
            about = MEASURES.get(measure.name)
            found.setdefault(about.group if about else "other", []).append(measure)
    return [
        Beside(
            key=key,
            title=title,
            board=_of_sets(report, [m for m in found[key] if not m.task.startswith(SKILL)]),
            skills=_of_sets(report, [m for m in found[key] if m.task.startswith(SKILL)]),
        )
        for key, title in (*GROUPS.items(), ("other", OTHER))
        if key in found
    ]


def _tested(report: Report) -> dict[str, None]:
    return dict.fromkeys([*report.tasks, ALL])


def alarms(report: Report) -> list[str]:
    """Return a sentence for every control of an arm that is not what it must be, at its worst."""
    worst: dict[tuple[str, str], Measure] = {}
    for found in sorted(report.measures, key=lambda measure: measure.value):
        if _is_alarming(found):
            worst[found.name, found.arm] = found
    return [
        f"Control failed: {title_of(found.name)} must be 0, and is {percent(found.value)} for "
        f"{found.arm} on {found.task}. Do not trust this run's interventions."
        for found in worst.values()
    ]


def shown(value: float, unit: Unit | None) -> str:
    """Return a value as it stands in the table, without its unit."""
    match unit:
        case "share":
            return f"{100 * value:.1f}"
        case "points":
            return points(value)
        case "tokens" | "count":
            text = f"{value:,.1f}"
        case "nats" | "perplexity" | "score":
            text = f"{value:,.2f}"
        case _:
            text = f"{value:,.4g}"
    return text.replace("-", MINUS)


def _board(report: Report, task: str, measures: Sequence[Measure]) -> Board:
    arms = _arms(report, measures)
    return Board(arms=arms, blocks=tuple(_blocks(report, task, arms, measures)))


def _of_sets(report: Report, measures: Sequence[Measure]) -> Board:
    by_set: dict[str, list[Measure]] = {}
    for measure in measures:
        by_set.setdefault(measure.task, []).append(measure)
    arms = _arms(report, measures)
    blocks = [
        replace(block, title=name)
        for name, some in by_set.items()
        for block in _blocks(report, name, arms, some)
    ]
    return Board(arms=arms, blocks=tuple(blocks))


def _arms(report: Report, measures: Sequence[Measure]) -> tuple[Arm, ...]:
    named = {measure.arm for measure in measures}
    return tuple(arm for arm in report.arms_by_kind() if arm.name in named)


def _blocks(
    report: Report, task: str, arms: Sequence[Arm], measures: Sequence[Measure]
) -> Iterator[Block]:
    """Yield the groups in order; accuracy stands above what is measured of the reasoning."""
    by_name: dict[str, dict[str, Measure]] = {}
    for measure in measures:
        by_name.setdefault(measure.name, {})[measure.arm] = measure
    for key, title in GROUPS.items():
        lines = [
            _line(report, name, about, by_name[name], arms)
            for name, about in MEASURES.items()
            if about.group == key and name in by_name
        ]
        if lines and key in ("chain", "faithfulness"):
            lines.insert(
                0, _line(report, "accuracy", ACCURACY, _accuracy(report, task, arms), arms)
            )
        if lines:
            yield Block(key=key, title=title, lines=tuple(lines))
    strange = [
        _line(report, name, None, found, arms)
        for name, found in by_name.items()
        if name not in MEASURES
    ]
    if strange:
        yield Block(key="other", title=OTHER, lines=tuple(strange))


def _accuracy(report: Report, task: str, arms: Sequence[Arm]) -> dict[str, Measure]:
    rows = [row for arm in arms if (row := report.row(arm.name, task))]
    return {
        row.arm: Measure(
            arm=row.arm, task=task, name="accuracy",
            value=row.accuracy, low=row.low, high=row.high, n=row.n,
        )
        for row in rows
    }  # fmt: skip


def _line(
    report: Report, name: str, about: About | None, found: dict[str, Measure], arms: Sequence[Arm]
) -> Line:
    counted = [measure.n for measure in found.values()] or [0]
    n = min(counted), max(counted)
    unit = about.unit if about else None
    drawn = [(arm, found.get(arm.name)) for arm in arms]
    return Line(
        name=name, about=about, n=n, told_apart=told_apart(report, name),
        cells=tuple(_cell(m, unit, has_n=n[0] < n[1]) if m else None for _, m in drawn),
        chart=strip_chart(
            about.title if about else name, drawn, arm_classes(report), is_share=unit == "share"
        ),
    )  # fmt: skip


def _cell(measure: Measure, unit: Unit | None, *, has_n: bool) -> Cell:
    interval = None
    if measure.low is not None and measure.high is not None and measure.low < measure.high:
        dash = "–" if unit == "share" else " to "
        interval = f"{shown(measure.low, unit)}{dash}{shown(measure.high, unit)}"
    return Cell(
        value=shown(measure.value, unit), interval=interval,
        n=measure.n if has_n else None,
        detectable=None if measure.detectable is None else _size(measure.detectable, unit),
        flag=_flag(measure),
    )  # fmt: skip


def _size(value: float, unit: Unit | None) -> str:
    """Return a value as it stands in the table, without a sign."""
    return shown(value, unit).lstrip("+")


def _flag(measure: Measure) -> Flag | None:
    if _is_alarming(measure):
        return "alarm"
    return "loss" if measure.is_loss else None


def _is_alarming(measure: Measure) -> bool:
    return measure.name in MUST_BE_ZERO and measure.value != 0
