"""The charts of the page, drawn as inline SVG without any script.

Elements are built as a tree and serialised, so that no text becomes markup.
Colours come from the page's style sheet: every mark carries the class of its
arm, and its shape tells the arm's kind, so that colour is never alone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.etree.ElementTree import Element, SubElement, tostring

from markupsafe import Markup

from cotutor.records import Comparison
from cotutor.report.headline import finding
from cotutor.report.model import Arm, Report, Row
from cotutor.report.words import interval, p_value, percent, points, points_interval

HUES = 8
SMOOTHED_FROM = 40  # shorter loss curves are drawn as logged
MOST_POINTS = 400  # a loss curve is thinned to about this many


@dataclass(frozen=True)
class Axis:
    """A linear map from values to positions in the drawing."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the position of a value."""
        span = (self.high - self.low) or 1.0
        return round(self.start + (value - self.low) / span * (self.end - self.start), 1)


def arm_classes(report: Report) -> dict[str, str]:
    """Return the style class of every arm: one hue each, reused hollow when they run out."""
    contenders = [*report.of_kind("student"), *report.of_kind("prompting")]
    hues = {
        arm.name: f"a{at % HUES}" + (" hollow" if at >= HUES else "")
        for at, arm in enumerate(contenders)
    }
    references = [*report.of_kind("teacher"), *report.of_kind("chance")]
    return hues | {arm.name: arm.kind for arm in references}


def arm_key(report: Report, name: str) -> Markup:
    """Draw the small mark that stands before an arm's name everywhere."""
    svg = Element("svg", {"viewBox": "0 0 12 12", "class": "key", "aria-hidden": "true"})
    arm = next(arm for arm in report.arms if arm.name == name)
    _mark(svg, arm, arm_classes(report)[name], 6, 6)
    return _markup(svg)


def accuracy_chart(report: Report, task: str) -> Markup:
    """Draw the arms' accuracies on a task as dots with their intervals, chance as a line."""
    arms = [arm for arm in report.arms_by_kind() if arm.kind != "chance"]
    classes = arm_classes(report)
    height = 26 + 22 * len(arms)
    svg = _drawing(400, height + 16, f"Accuracy of each arm on {task}")
    x = Axis(0, 1, 132, 346)
    for share in (0, 0.25, 0.5, 0.75, 1):
        _add(svg, "line", x1=x(share), x2=x(share), y1=8, y2=height - 8, class_="grid")
        _text(svg, x(share), height + 8, f"{100 * share:.0f}", "tick", "middle")
    _chance_line(svg, report, task, x, height - 8)
    for at, arm in enumerate(arms):
        group = _add(svg, "g", class_=classes[arm.name])
        _whisker_row(group, arm, report.row(arm.name, task), x, 24 + 22 * at)
    return _markup(svg)


def samples_chart(report: Report, task: str) -> Markup | None:
    """Draw accuracy against traces per problem (D, evenly spaced); None with fewer than two D."""
    series = _series(report, task)
    levels = sorted({d for d, _, _ in series if d > 0})
    if len(levels) < 2:
        return None
    classes = arm_classes(report)
    svg = _drawing(400, 246, f"Accuracy on {task} against traces per problem")
    x, y = Axis(0, len(levels) - 1, 78, 356), Axis(0, 1, 206, 26)
    _percent_grid(svg, y, 44, 390)
    for slot, level in enumerate(levels):
        _text(svg, x(slot), 224, str(level), "tick", "middle")
    _text(svg, 217, 241, "traces per problem (D)", "tick", "middle")
    dots = [(x(levels.index(d)), arm, row) for d, arm, row in series if d > 0]
    for (x1, _, before), (x2, _, after) in pairwise(dots):
        _add(svg, "line", x1=x1, y1=y(before.accuracy), x2=x2, y2=y(after.accuracy), class_="join")
    for _, arm, row in (point for point in series if point[0] == 0):
        _baseline(svg, arm, row, classes[arm.name], y)
    for at, arm, row in dots:
        _column_dot(svg, arm, row, classes[arm.name], at, y)
    return _markup(svg)


def loss_chart(report: Report) -> Markup | None:
    """Draw the training losses of all arms over their steps, dashed those on validation problems.

    None where none was logged.
    """
    curves = {t.arm: c for t in report.trainings if (c := _finite(t.losses))}
    if not curves:
        return None
    held = {t.arm: c for t in report.trainings if (c := _finite(t.validation))}
    drawn = [point for curve in (*curves.values(), *held.values()) for point in curve]
    steps, losses = max(step for step, _ in drawn), [loss for _, loss in drawn]
    svg = _drawing(760, 280, "Training loss of each arm by optimizer step")
    x, y = Axis(0, steps, 40, 745), Axis(0, 1.05 * max(losses), 238, 12)
    for tick in _ticks(y.high):
        _add(svg, "line", x1=40, x2=745, y1=y(tick), y2=y(tick), class_="grid")
        _text(svg, 32, y(tick) + 4, f"{tick:g}", "tick", "end")
    for tick in _ticks(steps):
        _text(svg, x(tick), 256, f"{tick:,.0f}", "tick", "middle")
    _text(svg, 392, 274, "optimizer step", "tick", "middle")
    for arm, curve in curves.items():
        _loss_curve(svg, curve, arm, arm_classes(report)[arm], (x, y))
    for arm, curve in held.items():
        _held_curve(svg, curve, arm, arm_classes(report)[arm], (x, y))
    return _markup(svg)


def difference_chart(comparison: Comparison, limits: tuple[float, float]) -> Markup:
    """Draw a difference with its interval, and zero, on an axis with the given limits."""
    svg = _drawing(220, 20, f"Difference of {points(comparison.difference)} points")
    x = Axis(*limits, 6, 214)
    group = _add(svg, "g", class_=finding(comparison))
    told = (
        f"{comparison.a} minus {comparison.b}: {points(comparison.difference)} points "
        f"{points_interval(comparison.low, comparison.high)}, {p_value(comparison.p)}"
    )
    _add(group, "title", told)
    _add(group, "line", x1=x(0), x2=x(0), y1=0, y2=20, class_="zero")
    ends = x(comparison.low), x(comparison.high)
    _add(group, "line", x1=ends[0], x2=ends[1], y1=10, y2=10, class_="whisker")
    _add(group, "circle", cx=x(comparison.difference), cy=10, r=3.6, class_="mark")
    return _markup(svg)


def difference_limits(comparisons: Sequence[Comparison]) -> tuple[float, float]:
    """Return the ends of an axis that holds all intervals, and zero."""
    return min(0.0, *(c.low for c in comparisons)), max(0.0, *(c.high for c in comparisons))


def _whisker_row(group: Element, arm: Arm, row: Row | None, x: Axis, y: float) -> None:
    _text(group, 122, y + 4, _shortened(arm.name, 19), "label", "end")
    if row is None:
        _text(group, 396, y + 4, "n/a", "tick", "end")
        return
    _add(group, "title", _described(row))
    _add(group, "line", x1=x(row.low), x2=x(row.high), y1=y, y2=y, class_="whisker")
    _mark(group, arm, "", x(row.accuracy), y)
    _text(group, 396, y + 4, f"{100 * row.accuracy:.1f}", "value", "end")


def _column_dot(svg: Element, arm: Arm, row: Row, style: str, at: float, y: Axis) -> None:
    group = _add(svg, "g", class_=style)
    _add(group, "title", _described(row))
    _add(group, "line", x1=at, x2=at, y1=y(row.low), y2=y(row.high), class_="whisker")
    _mark(group, arm, "", at, y(row.accuracy))
    _text(group, at, y(row.high) - 8, f"{100 * row.accuracy:.1f}", "value", "middle")


def _baseline(svg: Element, arm: Arm, row: Row, style: str, y: Axis) -> None:
    group = _add(svg, "g", class_=style)
    _add(group, "title", _described(row))
    level = y(row.accuracy)
    _add(group, "line", x1=44, x2=390, y1=level, y2=level, class_="baseline")
    label = f"{_shortened(arm.name, 22)} {100 * row.accuracy:.1f}"
    below = level + 14 if level < y(0.1) else level - 5
    _text(group, 390, below, label, "value", "end")


def _chance_line(svg: Element, report: Report, task: str, x: Axis, bottom: float) -> None:
    for arm in report.of_kind("chance"):
        row = report.row(arm.name, task)
        if row is not None:
            group = _add(svg, "g", class_="chance")
            _add(group, "title", f"{arm.name} on {task}: {percent(row.accuracy)}")
            at = x(row.accuracy)
            _add(group, "line", x1=at, x2=at, y1=8, y2=bottom, class_="baseline")


def _percent_grid(svg: Element, y: Axis, left: float, right: float) -> None:
    for share in (0, 0.25, 0.5, 0.75, 1):
        _add(svg, "line", x1=left, x2=right, y1=y(share), y2=y(share), class_="grid")
        _text(svg, left - 8, y(share) + 4, f"{100 * share:.0f}", "tick", "end")


def _series(report: Report, task: str) -> list[tuple[int, Arm, Row]]:
    found = [
        (arm.samples, arm, row)
        for arm in report.of_kind("student")
        if arm.samples is not None and (row := report.row(arm.name, task))
    ]
    return sorted(found, key=lambda point: point[0])


def _loss_curve(
    svg: Element, curve: list[tuple[int, float]], arm: str, style: str, axes: tuple[Axis, Axis]
) -> None:
    group = _add(svg, "g", class_=style)
    _add(group, "title", f"{arm}: loss {curve[-1][1]:.3f} at step {curve[-1][0]:,}")
    if len(curve) >= SMOOTHED_FROM:
        _add(group, "polyline", points=_path(curve, axes), class_="curve logged")
        curve = _running_mean(curve, len(curve) // 20)
    _add(group, "polyline", points=_path(curve, axes), class_="curve")


def _held_curve(
    svg: Element, curve: list[tuple[int, float]], arm: str, style: str, axes: tuple[Axis, Axis]
) -> None:
    group = _add(svg, "g", class_=style)
    told = f"{arm}: validation loss {curve[-1][1]:.3f} at step {curve[-1][0]:,}"
    _add(group, "title", told)
    _add(group, "polyline", points=_path(curve, axes), class_="curve", stroke_dasharray="5 4")


def _path(curve: list[tuple[int, float]], axes: tuple[Axis, Axis]) -> str:
    x, y = axes
    stride = math.ceil(len(curve) / MOST_POINTS)
    return " ".join(f"{x(step)},{y(loss)}" for step, loss in curve[::stride])


def _finite(curve: Sequence[tuple[int, float | None]]) -> list[tuple[int, float]]:
    return [(step, loss) for step, loss in curve if loss is not None and math.isfinite(loss)]


def _running_mean(curve: list[tuple[int, float]], reach: int) -> list[tuple[int, float]]:
    """Average each loss with up to `reach` neighbours on either side, equally many on both."""
    smooth = []
    for at, (step, _) in enumerate(curve):
        near = min(reach, at, len(curve) - 1 - at)
        window = [loss for _, loss in curve[at - near : at + near + 1]]
        smooth.append((step, sum(window) / len(window)))
    return smooth


def _ticks(high: float) -> list[float]:
    """Return about five round values from 0 to `high`."""
    if high <= 0:
        return [0.0]
    rough = high / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * 0.999)
    return [round(step * k, 10) for k in range(math.floor(high / step) + 1)]


def _described(row: Row) -> str:
    return (
        f"{row.arm} on {row.task}: {percent(row.accuracy)} "
        f"{interval(row.low, row.high)}, n = {row.n:,}"
    )


def _shortened(name: str, length: int) -> str:
    return name if len(name) <= length else name[: length - 1] + "…"


def _mark(parent: Element, arm: Arm, style: str, x: float, y: float) -> None:
    """Draw the sign of an arm's kind: disc, diamond, triangle, or a stroke for chance."""
    if arm.kind == "student":
        _add(parent, "circle", cx=x, cy=y, r=4.5, class_=f"mark {style}".strip())
        return
    outlines = {
        "prompting": ((0, -5.4), (5.4, 0), (0, 5.4), (-5.4, 0)),
        "teacher": ((0, -5), (5.4, 4.4), (-5.4, 4.4)),
        "chance": ((-1, -5), (1, -5), (1, 5), (-1, 5)),
    }
    corners = " ".join(f"{x + dx:g},{y + dy:g}" for dx, dy in outlines[arm.kind])
    _add(parent, "polygon", points=corners, class_=f"mark {style}".strip())


def _drawing(width: int, height: int, label: str) -> Element:
    return Element("svg", {"viewBox": f"0 0 {width} {height}", "role": "img", "aria-label": label})


def _text(parent: Element, x: float, y: float, text: str, style: str, anchor: str) -> None:
    _add(parent, "text", text, x=x, y=y, class_=style, text_anchor=anchor)


def _add(parent: Element, tag: str, text: str = "", **attributes: object) -> Element:
    """Append an element; `class_` and `text_anchor` become `class` and `text-anchor`."""
    named = {key.rstrip("_").replace("_", "-"): f"{value}" for key, value in attributes.items()}
    element = SubElement(parent, tag, named)
    element.text = text or None
    return element


def _markup(svg: Element) -> Markup:
    return Markup(tostring(svg, encoding="unicode"))  # safe: the serialiser escaped all text
