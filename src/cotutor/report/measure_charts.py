"""The charts of what is measured beside accuracy."""

import math
from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element

from markupsafe import Markup

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
from cotutor.report.measures import MEASURES
from cotutor.report.model import Arm, Calibration, Curve, Measure, Report, Row, Slice
from cotutor.report.words import MINUS, estimate, nats, percent

STRIP, HIGHEST = 8, 44  # the height of one arm in a strip, and of all together


def strip_chart(
    title: str, found: Sequence[tuple[Arm, Measure | None]], styles: Mapping[str, str],
    *, is_share: bool,
) -> Markup:  # fmt: skip
    """Draw one measure of the arms beneath each other, with intervals, in the order given."""
    apart = min(STRIP, HIGHEST / max(len(found), 1))
    height = round(apart * len(found)) + 4
    svg = drawing(190, height, f"{title} of each arm")
    found = [(arm, m if m and math.isfinite(m.value) else None) for arm, m in found]
    ends = [end for _, m in found if m for end in (m.value, m.low, m.high) if end is not None]
    x = Axis(0, 1, 6, 184) if is_share else Axis(min([0.0, *ends]), max([0.0, *ends]), 6, 184)
    for at in dict.fromkeys((x.low, 0.0, x.high)):
        line(svg, (x(at), 0), (x(at), height), "grid")
    for place, (arm, measure) in enumerate(found):
        if measure is not None:
            group = add(svg, "g", class_=styles[arm.name])
            add(group, "title", arm.name)
            _strip(group, arm, measure, x, round(2 + apart * (place + 0.5), 1))
    return markup(svg)


def _strip(group: Element, arm: Arm, measure: Measure, x: Axis, y: float) -> None:
    if measure.low is not None and measure.high is not None:
        line(group, (x(measure.low), y), (x(measure.high), y), "whisker")
    small = add(group, "g", transform=f"translate({x(measure.value)} {y}) scale(0.7)")
    mark(small, arm, "", 0, 0)


def curve_chart(report: Report, curves: Sequence[Curve], title: str) -> Markup:
    """Draw a measure against the share of the reasoning kept, with bands of its intervals.

    What is no share, in nats, stands on an axis of its own size.
    """
    styles = arm_classes(report)
    svg = drawing(400, 246, f"{title} against the share of the reasoning kept")
    about = MEASURES.get(curves[0].name)
    is_share = about is None or about.unit == "share"
    x, y = Axis(0, 1, 50, 386), Axis(0, 1, 206, 14)
    if is_share:
        percent_grid(svg, y, 44, 390)
    else:
        y = _nats_grid(svg, curves)
    for share in (0, 0.25, 0.5, 0.75, 1):
        write(svg, (x(share), 224), f"{100 * share:.0f}", "tick", "middle")
    write(svg, (217, 241), "share of the reasoning kept, %", "tick", "middle")
    for curve in curves:
        upper = [f"{x(at)},{y(high)}" for at, _, _, high, _ in curve.points]
        lower = [f"{x(at)},{y(low)}" for at, _, low, _, _ in curve.points]
        group = add(svg, "g", class_=styles[curve.arm])
        add(group, "polygon", points=" ".join([*upper, *reversed(lower)]), class_="band")
    arms = {arm.name: arm for arm in report.arms}
    for curve in curves:
        group = add(svg, "g", class_=styles[curve.arm])
        line_through = " ".join(f"{x(at)},{y(value)}" for at, value, *_ in curve.points)
        add(group, "polyline", points=line_through, class_="curve")
        for at, value, low, high, n in curve.points:
            dot = add(group, "g", transform=f"translate({x(at)} {y(value)}) scale(0.75)")
            told = estimate(value, low, high, n) if is_share else nats(value, low, high, n)
            add(dot, "title", f"{curve.arm}, {percent(at)} kept: {told}")
            mark(dot, arms[curve.arm], "", 0, 0)
    return markup(svg)


def _nats_grid(svg: Element, curves: Sequence[Curve]) -> Axis:
    """Draw the lines of round nats, and return the axis that holds all limits, and 0."""
    ends = [end for curve in curves for _, _, low, high, _ in curve.points for end in (low, high)]
    y = Axis(min(0.0, *ends), max(0.0, *ends), 206, 14)
    for tick in ticks(y.low, y.high):
        line(svg, (44, y(tick)), (390, y(tick)), "grid")
        write(svg, (36, y(tick) + 4), f"{tick:g}".replace("-", MINUS), "tick", "end")
    return y


def slice_chart(report: Report, slices: Sequence[Slice]) -> Markup:
    """Draw accuracy on the parts of a task: one column a level, one mark an arm.

    Numbered levels are joined by lines.
    """
    styles = arm_classes(report)
    levels = levels_of(slices)
    arms = [arm for arm in report.arms_by_kind() if arm.name in {part.arm for part in slices}]
    svg = drawing(400, 246, f"Accuracy by {slices[0].title}")
    x, y = Axis(-0.5, len(levels) - 0.5, 44, 390), Axis(0, 1, 206, 14)
    percent_grid(svg, y, 44, 390)
    room = max(4, 330 // (5 * len(levels)))
    for slot, level in enumerate(levels):
        write(svg, (x(slot), 224), shortened(level, room), "tick", "middle")
    write(svg, (217, 241), slices[0].by, "tick", "middle")
    apart = min(9.0, 260 / len(levels) / max(len(arms), 1))
    for place, arm in enumerate(arms):
        shift = (place - (len(arms) - 1) / 2) * apart
        found = {part.level: part for part in slices if part.arm == arm.name}
        points = [
            (x(at) + shift, found[level]) for at, level in enumerate(levels) if level in found
        ]
        group = add(svg, "g", class_=styles[arm.name])
        if all(level.isdecimal() for level in levels):
            joined = " ".join(f"{at:g},{y(part.accuracy)}" for at, part in points)
            add(group, "polyline", points=joined, class_="curve thin")
        for at, part in points:
            _slice(group, arm, part, at, y)
    return markup(svg)


def levels_of(slices: Sequence[Slice]) -> list[str]:
    """Return the levels of slices in order: numbers by size, others as they come."""
    levels = list(dict.fromkeys(part.level for part in slices))
    return sorted(levels, key=int) if all(map(str.isdecimal, levels)) else levels


def _slice(group: Element, arm: Arm, part: Slice, at: float, y: Axis) -> None:
    dot = add(group, "g")
    told = estimate(part.accuracy, part.low, part.high, part.n)
    add(dot, "title", f"{arm.name}, {part.by} {part.level}: {told}")
    line(dot, (at, y(part.low)), (at, y(part.high)), "whisker")
    small = add(dot, "g", transform=f"translate({at:g} {y(part.accuracy)}) scale(0.75)")
    mark(small, arm, "", 0, 0)


def scatter_chart(report: Report, title: str, found: Sequence[tuple[Row, Measure]]) -> Markup:
    """Draw accuracy against a measure that is a share: one mark an arm, crossed by intervals."""
    styles = arm_classes(report)
    arms = {arm.name: arm for arm in report.arms}
    svg = drawing(300, 252, f"Accuracy against {title}")
    x, y = Axis(0, 1, 40, 290), Axis(0, 1, 210, 12)
    percent_grid(svg, y, 40, 290)
    percent_columns(svg, x, 12, 210)
    write(svg, (165, 245), shortened(title, 48), "tick", "middle")
    for row, measure in found:
        group = add(svg, "g", class_=styles[row.arm])
        at = x(measure.value), y(row.accuracy)
        add(
            group, "title", f"{row.arm}: accuracy {percent(row.accuracy)}, {percent(measure.value)}"
        )
        line(group, (at[0], y(row.low)), (at[0], y(row.high)), "whisker")
        if measure.low is not None and measure.high is not None:
            line(group, (x(measure.low), at[1]), (x(measure.high), at[1]), "whisker")
        mark(group, arms[row.arm], "", *at)
    return markup(svg)


def auroc_chart(found: Calibration) -> Markup:
    """Draw an AUROC with its interval between 0 and 1, and the half that chance gives."""
    svg = drawing(130, 16, f"AUROC {found.auroc:.2f}")
    x = Axis(0, 1, 5, 125)
    seeds = ", ".join(f"{one:.2f}" for one in found.by_seed)
    add(
        svg,
        "title",
        f"n = {found.n_a:,} and {found.n_b:,}" + (f"; by seed {seeds}" if seeds else ""),
    )
    line(svg, (x(0), 8), (x(1), 8), "grid")
    line(svg, (x(0.5), 0), (x(0.5), 16), "zero")
    for one in found.by_seed:
        line(svg, (x(one), 3), (x(one), 13), "seed")
    line(svg, (x(found.low), 8), (x(found.high), 8), "whisker")
    add(svg, "circle", cx=x(found.auroc), cy=8, r=3.6, class_="mark")
    return markup(svg)
