"""Accuracy against the tokens that a student's strategies took."""

import math
from collections.abc import Sequence
from xml.etree.ElementTree import Element

from markupsafe import Markup

from cotutor.report.drawing import (
    Axis,
    add,
    arm_classes,
    drawing,
    line,
    markup,
    percent_grid,
    write,
)
from cotutor.report.model import Report, Spent
from cotutor.report.words import estimate

WIDE, HIGH = 13, 11  # the room that a number above a mark takes


def spent_chart(report: Report, rows: Sequence[Spent]) -> Markup:
    """Draw one arm's strategies on one task, numbered as in the table, with intervals.

    Full marks, joined by a line, are those that no cheaper one is as accurate as.
    """
    svg = drawing(520, 300, "Accuracy against tokens a problem")
    x, y = _logarithmic(rows), Axis(0, 1, 256, 34)
    percent_grid(svg, y, 44, 506)
    for tokens in _ticks(x.low, x.high):
        at = x(math.log10(tokens))
        line(svg, (at, 34), (at, 256), "grid")
        write(svg, (at, 274), f"{tokens:,}", "tick", "middle")
    write(svg, (275, 293), "tokens a problem, read and written (logarithmic)", "tick", "middle")
    group = add(svg, "g", class_=arm_classes(report)[rows[0].arm].partition(" ")[0])
    best = [f"{x(_scale(row))},{y(row.accuracy)}" for row in rows if row.is_best]
    add(group, "polyline", points=" ".join(best), class_="curve thin")
    for row in rows:
        _mark(group, row, x(_scale(row)), y)
    taken: list[tuple[float, float]] = []
    for number, row in enumerate(rows, 1):
        place = _free((x(_scale(row)), y(row.high) - 5), taken)
        write(group, place, f"{number}", "value", "middle")
        taken.append(place)
    return markup(svg)


def _mark(group: Element, row: Spent, x: float, y: Axis) -> None:
    one = add(group, "g")
    told = estimate(row.accuracy, row.low, row.high, row.n)
    add(one, "title", f"{row.strategy}: {told}, {row.tokens:,.0f} tokens")
    line(one, (x, y(row.low)), (x, y(row.high)), "whisker")
    style = "mark" if row.is_best else "mark hollow"
    add(one, "circle", cx=x, cy=y(row.accuracy), r=4.5, class_=style)


def _scale(row: Spent) -> float:
    return math.log10(max(row.tokens, 1))


def _logarithmic(rows: Sequence[Spent]) -> Axis:
    """Return an axis of powers of ten with room at both ends, wide enough for a tick."""
    ends = [_scale(row) for row in rows]
    return Axis(min(ends) - 0.2, max(ends) + 0.2, 50, 500)


def _ticks(low: float, high: float) -> list[int]:
    """Return the round numbers of tokens between two powers of ten: 1, 2 and 5 of each."""
    every = [digit * 10**power for power in range(int(low), int(high) + 1) for digit in (1, 2, 5)]
    whole = [tokens for tokens in every if low <= math.log10(tokens) <= high]
    tens = [tokens for tokens in whole if str(tokens).startswith("1")]
    return whole if len(whole) <= 8 else tens


def _free(place: tuple[float, float], taken: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return a place for a number, moved up while another one is there."""
    x, y = place
    while hit := [b for a, b in taken if abs(x - a) < WIDE and abs(y - b) < HIGH]:
        y = min(hit) - HIGH
    return x, round(y, 1)
