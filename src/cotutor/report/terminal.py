"""The table that ends a run in the terminal."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cotutor.report.board import alarms
from cotutor.report.headline import headline
from cotutor.report.model import ALL, Report, Row
from cotutor.report.words import visible

WIDTH = 100
ARM_WIDTH, TASK_WIDTH = 16, 14  # with the space beside them


def terminal_table(report: Report) -> RenderableType:
    """Return arms by tasks with accuracies and 95 % intervals in percent, headline and alarms.

    Tasks that do not fit beside each other go on in a further table.
    """
    abreast = (WIDTH - ARM_WIDTH) // TASK_WIDTH
    tasks = report.tasks
    groups = [tasks[at : at + abreast] for at in range(0, len(tasks), abreast)]
    return Group(
        *(_table(report, group) for group in groups),
        Text(visible(headline(report))),
        *(Text(visible(alarm), style="bold red") for alarm in alarms(report)),
    )


def _table(report: Report, tasks: list[str]) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("accuracy, %", width=ARM_WIDTH - 1, overflow="ellipsis", no_wrap=True)
    for task in tasks:
        title = "all tasks" if task == ALL else visible(task).replace("_", " ")
        table.add_column(Text(title), width=TASK_WIDTH - 1, overflow="ellipsis", justify="right")
    for arm in report.arms_by_kind():
        rows = [report.row(arm.name, task) for task in tasks]
        if any(rows):
            style = "" if arm.kind == "student" else "dim"
            table.add_row(Text(visible(arm.name)), *map(_cell, rows), style=style)
    return table


def _cell(row: Row | None) -> Text:
    if row is None:
        return Text("n/a")
    accuracy = Text(f"{100 * row.accuracy:.1f}")
    around = f" {100 * row.low:.0f}–{100 * row.high:.0f}" if row.high > row.low else ""
    return accuracy.append(around, style="dim")
