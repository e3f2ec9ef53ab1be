"""The page people read: one HTML file that needs nothing but itself.

Its text is other people's and models' text, so three things stand between it
and the browser: `words.all_visible` spells out what would act unseen, the
template engine and the chart serialiser escape everything, and a content
security policy lets only the inlined files of this folder run or style,
named by their digests.
"""

import base64
import hashlib
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from cotutor.report import charts, drawing, measure_charts, reader, strategy_charts, words
from cotutor.report.board import alarms, beside, boards
from cotutor.report.headline import finding, headline, scale
from cotutor.report.measures import MEASURES, About, title_of
from cotutor.report.model import KINDS, Curve, Report, Slice, Spent, Training
from cotutor.report.trust import finding as finding_of_probe
from cotutor.report.trust import trust

FOLDER = Path(__file__).parent
INLINED = ("page.css", "page.js", "reader.js")

T = TypeVar("T", Curve, Slice, Spent)


def render_page(report: Report) -> str:
    """Return the report as one self-contained HTML page."""
    report = Report.model_validate(words.all_visible(report.model_dump()))
    parts = _inlined() | _told(report) | _drawn(report) | _measured(report) | _read(report)
    return _environment().get_template("page.html").render(report=report, **parts)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {
        "percent": words.percent, "points": words.points, "p_value": words.p_value,
        "duration": words.duration, "breakable": breakable,
    }  # fmt: skip
    return environment


def breakable(name: str) -> Markup:
    """Return a name escaped, with places to break the line after `_` and `/`."""
    text = escape(name)
    for sign in "_/":
        text = text.replace(sign, Markup(f"{sign}<wbr>"))
    return text


def _inlined() -> dict[str, Any]:
    """Return style sheet and scripts as they stand in the page, with their policy sources."""
    parts: dict[str, Any] = {}
    for name in INLINED:
        text = (FOLDER / name).read_text("utf-8")
        sha = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        key = name.replace(".", "_")
        parts |= {key: Markup(text), f"{key}_source": f"'sha256-{sha}'"}
    return parts


def _told(report: Report) -> dict[str, Any]:
    return {
        "headline": headline(report),
        "scale": scale(report),
        "finding": finding,
        "interval": words.interval,
        "points_interval": words.points_interval,
        "config": yaml.safe_dump(report.config, sort_keys=False, allow_unicode=True, width=100),
        "kinds": [(kind, arms) for kind in KINDS if (arms := report.of_kind(kind))],
        "absent": {(cell.arm, cell.task): cell.reason for cell in report.absent},
        "last_loss": {training.arm: last_loss(training) for training in report.trainings},
        "usual_n": {task: _usual_n(report, task) for task in report.tasks},
        "dropped": {
            training.arm: report.rows_dropped(training.arm) for training in report.trainings
        },
    }


def last_loss(training: Training) -> str | None:
    """Return the last loss as read, None where none was logged."""
    if not training.losses:
        return None
    loss = training.losses[-1][1]
    return f"{loss:.3f}" if loss is not None and math.isfinite(loss) else "not finite"


def _usual_n(report: Report, task: str) -> int:
    """Return the n that most arms share on a task; the table tells it once."""
    found = Counter(row.n for row in report.rows if row.task == task)
    return max(found, key=lambda n: (found[n], n), default=0)


def _drawn(report: Report) -> dict[str, Any]:
    by_samples = [(task, charts.samples_chart(report, task)) for task in report.tasks]
    return {
        "key": partial(drawing.arm_key, report),
        "classes": drawing.arm_classes(report),
        "accuracy_charts": [(task, charts.accuracy_chart(report, task)) for task in report.tasks],
        "samples_charts": [(task, chart) for task, chart in by_samples if chart is not None],
        "loss_chart": charts.loss_chart(report),
        "difference_chart": charts.difference_chart,
        "difference_limits": charts.difference_limits,
    }


def _measured(report: Report) -> dict[str, Any]:
    found = boards(report)
    return {
        "boards": found,
        "besides": beside(report),
        "alarms": alarms(report),
        "glossary": _glossary(report),
        "scatters": list(_scatters(report, next(iter(found)))) if found else [],
        "curves": _grouped(report.curves, lambda curve: title_of(curve.name)),
        "trust": trust(report),
        "slices": _grouped(report.slices, lambda part: part.title),
        "strategies": _grouped(report.strategies, lambda row: row.arm),
        "spent_chart": partial(strategy_charts.spent_chart, report),
        "title_of": title_of,
        "curve_chart": partial(measure_charts.curve_chart, report),
        "slice_chart": partial(measure_charts.slice_chart, report),
        "levels_of": measure_charts.levels_of,
        "auroc_chart": measure_charts.auroc_chart,
        "telling": finding_of_probe,
    }


def _glossary(report: Report) -> list[About]:
    named = {measure.name for measure in report.measures}
    return [about for name, about in MEASURES.items() if name in named]


def _scatters(report: Report, task: str) -> Iterator[Markup]:
    """Yield a chart of accuracy against every intervention that is a share, for several arms."""
    for name, about in MEASURES.items():
        if (about.group, about.unit) != ("faithfulness", "share"):
            continue
        found = [
            (row, measure)
            for measure in report.measures
            if (measure.name, measure.task) == (name, task)
            and (row := report.row(measure.arm, task))
        ]
        if len(found) > 1:
            yield measure_charts.scatter_chart(report, about.title, found)


def _grouped(parts: Iterable[T], key: Callable[[T], str]) -> dict[str, dict[str, list[T]]]:
    """Group parts of a report by task, and by `key` within."""
    groups: dict[str, dict[str, list[T]]] = {}
    for part in parts:
        groups.setdefault(part.task, {}).setdefault(key(part), []).append(part)
    return groups


def _read(report: Report) -> dict[str, Any]:
    return {
        "reader_data": reader.reader_data(report),
        "reader_arms": reader.arms_in_order(report),
        "filters": reader.filters(report),
        "probes": reader.probes_that_changed(report),
        "shown_tasks": list(dict.fromkeys(shown.task for shown in report.side_by_side)),
        "n_attempts": sum(len(shown.attempts) for shown in report.side_by_side),
    }
