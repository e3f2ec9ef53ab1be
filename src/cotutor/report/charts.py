"""The charts of accuracy, training and comparisons."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple
from xml.etree.ElementTree import Element

from markupsafe import Markup

from cotutor.records import Comparison
from cotutor.report.drawing import (
    Axis,
    add,
    arm_classes,
    drawing,
    line,
    mark,
    markup,
    percent_columns,
    percent_grid,
    shortened,
    ticks,
    write,
)
from cotutor.report.headline import finding
from cotutor.report.model import Arm, Report, Row
from cotutor.report.words import estimate, p_value, percent, points, points_interval

SMOOTHED_FROM = 40  # shorter loss curves are drawn as logged
LETTER, LINE = 6.4, 11.0  # about as wide and as high as a letter of a chart
MOST_POINTS = 400  # a loss curve is thinned to about this many


class _Box(NamedTuple):
    """The place of a text in a drawing."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "_Box") -> bool:
        """Say whether the two have a place in common."""
        beside = self.right <= other.left or other.right <= self.left
        return not beside and self.top < other.bottom and other.top < self.bottom


def accuracy_chart(report: Report, task: str) -> Markup:
    """Draw the arms' accuracies on a task as dots with their intervals, chance as a line."""
    arms = [arm for arm in report.arms_by_kind() if arm.kind != "chance"]
    classes = arm_classes(report)
    height = 26 + 22 * len(arms)
    svg = drawing(400, height + 16, f"Accuracy of each arm on {task}")
    x = Axis(0, 1, 132, 346)
    percent_columns(svg, x, 8, height - 8)
    _chance_line(svg, report, task, x, height - 8)
    for at, arm in enumerate(arms):
        group = add(svg, "g", class_=classes[arm.name])
        _whisker_row(group, arm, report.row(arm.name, task), x, 24 + 22 * at)
    return markup(svg)


def samples_chart(report: Report, task: str) -> Markup | None:
    """Draw accuracy against traces per problem (D, evenly spaced); None with fewer than two D."""
    series = _series(report, task)
    levels = sorted({d for d, _, _ in series if d > 0})
    if len(levels) < 2:
        return None
    classes = arm_classes(report)
    svg = drawing(400, 246, f"Accuracy on {task} against traces per problem")
    x, y = Axis(0, len(levels) - 1, 78, 356), Axis(0, 1, 206, 26)
    percent_grid(svg, y, 44, 390)
    for slot, level in enumerate(levels):
        write(svg, (x(slot), 224), str(level), "tick", "middle")
    write(svg, (217, 241), "traces per problem (D)", "tick", "middle")
    dots = [(x(levels.index(d)), arm, row) for d, arm, row in series if d > 0]
    for (x1, _, before), (x2, _, after) in pairwise(dots):
        add(svg, "line", x1=x1, y1=y(before.accuracy), x2=x2, y2=y(after.accuracy), class_="join")
    taken = [_dot_box(at, row, y) for at, _, row in dots]
    for _, arm, row in (point for point in series if point[0] == 0):
        taken.append(_baseline(svg, arm, row, classes[arm.name], y, taken))
    for at, arm, row in dots:
        _column_dot(svg, arm, row, classes[arm.name], at, y)
    return markup(svg)


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
    svg = drawing(760, 280, "Training loss of each arm by optimizer step")
    x, y = Axis(0, steps, 40, 745), Axis(0, 1.05 * max(losses), 238, 12)
    for tick in ticks(0, y.high):
        line(svg, (40, y(tick)), (745, y(tick)), "grid")
        write(svg, (32, y(tick) + 4), f"{tick:g}", "tick", "end")
    for tick in ticks(0, steps):
        write(svg, (x(tick), 256), f"{tick:,.0f}", "tick", "middle")
    write(svg, (392, 274), "optimizer step", "tick", "middle")
    for arm, curve in curves.items():
        _loss_curve(svg, curve, arm, arm_classes(report)[arm], (x, y))
    for arm, curve in held.items():
        _held_curve(svg, curve, arm, arm_classes(report)[arm], (x, y))
    return markup(svg)


def difference_chart(comparison: Comparison, limits: tuple[float, float]) -> Markup:
    """Draw a difference with its interval, and zero, on an axis with the given limits."""
    svg = drawing(220, 20, f"Difference of {points(comparison.difference)} points")
    x = Axis(*limits, 6, 214)
    group = add(svg, "g", class_=finding(comparison))
    told = (
        f"{comparison.a} minus {comparison.b}: {points(comparison.difference)} points "
        f"{points_interval(comparison.low, comparison.high)}, {p_value(comparison.p)}"
    )
    add(group, "title", told)
    line(group, (x(0), 0), (x(0), 20), "zero")
    ends = x(comparison.low), x(comparison.high)
    line(group, (ends[0], 10), (ends[1], 10), "whisker")
    add(group, "circle", cx=x(comparison.difference), cy=10, r=3.6, class_="mark")
    return markup(svg)


def difference_limits(comparisons: Sequence[Comparison]) -> tuple[float, float]:
    """Return the ends of an axis that holds all intervals, and zero."""
    return min(0.0, *(c.low for c in comparisons)), max(0.0, *(c.high for c in comparisons))


def _whisker_row(group: Element, arm: Arm, row: Row | None, x: Axis, y: float) -> None:
    write(group, (122, y + 4), shortened(arm.name, 19), "label", "end")
    if row is None:
        write(group, (396, y + 4), "n/a", "tick", "end")
        return
    add(group, "title", _described(row))
    line(group, (x(row.low), y), (x(row.high), y), "whisker")
    mark(group, arm, "", x(row.accuracy), y)
    write(group, (396, y + 4), f"{100 * row.accuracy:.1f}", "value", "end")


def _column_dot(svg: Element, arm: Arm, row: Row, style: str, at: float, y: Axis) -> None:
    group = add(svg, "g", class_=style)
    add(group, "title", _described(row))
    line(group, (at, y(row.low)), (at, y(row.high)), "whisker")
    mark(group, arm, "", at, y(row.accuracy))
    write(group, _above(at, row, y), _value(row), "value", "middle")


def _above(at: float, row: Row, y: Axis) -> tuple[float, float]:
    """Return where the value of a dot stands."""
    return at, y(row.high) - 8


def _value(row: Row) -> str:
    return f"{100 * row.accuracy:.1f}"


def _baseline(svg: Element, arm: Arm, row: Row, style: str, y: Axis, taken: Sequence[_Box]) -> _Box:
    """Draw an accuracy as a line through the chart; return the box of its label.

    The label stands where none of the boxes that are `taken` is, if there is such a place.
    """
    group = add(svg, "g", class_=style)
    add(group, "title", _described(row))
    level = y(row.accuracy)
    line(group, (44, level), (390, level), "baseline")
    label = f"{shortened(arm.name, 22)} {_value(row)}"
    sides = (level + 14, level - 5) if level < y(0.1) else (level - 5, level + 14)
    columns = (390.0, "end"), (46.0, "start"), (217.0, "middle")
    places = [((x, side), anchor) for x, anchor in columns for side in sides]
    boxes = [(place, anchor, _box(place, label, anchor)) for place, anchor in places]
    free = (found for found in boxes if not any(found[2].meets(box) for box in taken))
    place, anchor, box = next(free, boxes[0])
    write(group, place, label, "value", anchor)
    return box


def _dot_box(at: float, row: Row, y: Axis) -> _Box:
    """Return the place of a dot, its interval and its value."""
    value = _box(_above(at, row, y), _value(row), "middle")
    return value._replace(bottom=max(y(row.low), y(row.accuracy) + 5))


def _box(at: tuple[float, float], text: str, anchor: str) -> _Box:
    width = LETTER * len(text)
    left = at[0] - {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * width
    return _Box(left, at[1] - LINE, left + width, at[1])


def _chance_line(svg: Element, report: Report, task: str, x: Axis, bottom: float) -> None:
    for arm in report.of_kind("chance"):
        row = report.row(arm.name, task)
        if row is not None:
            group = add(svg, "g", class_="chance")
            add(group, "title", f"{arm.name} on {task}: {percent(row.accuracy)}")
            at = x(row.accuracy)
            line(group, (at, 8), (at, bottom), "baseline")


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
    group = add(svg, "g", class_=style)
    add(group, "title", f"{arm}: loss {curve[-1][1]:.3f} at step {curve[-1][0]:,}")
    if len(curve) >= SMOOTHED_FROM:
        add(group, "polyline", points=_path(curve, axes), class_="curve logged")
        curve = _running_mean(curve, len(curve) // 20)
    add(group, "polyline", points=_path(curve, axes), class_="curve")


def _held_curve(
    svg: Element, curve: list[tuple[int, float]], arm: str, style: str, axes: tuple[Axis, Axis]
) -> None:
    group = add(svg, "g", class_=style)
    told = f"{arm}: validation loss {curve[-1][1]:.3f} at step {curve[-1][0]:,}"
    add(group, "title", told)
    add(group, "polyline", points=_path(curve, axes), class_="curve", stroke_dasharray="5 4")


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


def _described(row: Row) -> str:
    return f"{row.arm} on {row.task}: {estimate(row.accuracy, row.low, row.high, row.n)}"
