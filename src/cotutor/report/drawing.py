"""What all charts of the page are drawn with: inline SVG without any script.

Elements are built as a tree and serialised, so that no text becomes markup.
Colours come from the page's style sheet: every mark carries the class of its
arm, and its shape tells the arm's kind, so that colour is never alone.
"""

import math
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring

from markupsafe import Markup

from cotutor.report.model import Arm, Report

HUES = 8


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
    mark(svg, arm, arm_classes(report)[name], 6, 6)
    return markup(svg)


def drawing(width: int, height: int, label: str) -> Element:
    """Return an empty drawing; `label` says what it shows to those who do not see it."""
    return Element("svg", {"viewBox": f"0 0 {width} {height}", "role": "img", "aria-label": label})


def add(parent: Element, tag: str, text: str = "", **attributes: object) -> Element:
    """Append an element; `class_` and `text_anchor` become `class` and `text-anchor`."""
    named = {key.rstrip("_").replace("_", "-"): f"{value}" for key, value in attributes.items()}
    element = SubElement(parent, tag, named)
    element.text = text or None
    return element


def write(parent: Element, at: tuple[float, float], text: str, style: str, anchor: str) -> None:
    """Append a text at (x, y)."""
    add(parent, "text", text, x=at[0], y=at[1], class_=style, text_anchor=anchor)


def line(parent: Element, start: tuple[float, float], end: tuple[float, float], style: str) -> None:
    """Append a straight line from (x, y) to (x, y)."""
    add(parent, "line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], class_=style)


def mark(parent: Element, arm: Arm, style: str, x: float, y: float) -> None:
    """Draw the sign of an arm's kind: disc, diamond, triangle, or a stroke for chance."""
    if arm.kind == "student":
        add(parent, "circle", cx=x, cy=y, r=4.5, class_=f"mark {style}".strip())
        return
    outlines = {
        "prompting": ((0, -5.4), (5.4, 0), (0, 5.4), (-5.4, 0)),
        "teacher": ((0, -5), (5.4, 4.4), (-5.4, 4.4)),
        "chance": ((-1, -5), (1, -5), (1, 5), (-1, 5)),
    }
    corners = " ".join(f"{x + dx:g},{y + dy:g}" for dx, dy in outlines[arm.kind])
    add(parent, "polygon", points=corners, class_=f"mark {style}".strip())


def percent_grid(svg: Element, y: Axis, left: float, right: float) -> None:
    """Draw the lines of 0, 25 … 100 percent with their numbers at the left."""
    for share in (0, 0.25, 0.5, 0.75, 1):
        line(svg, (left, y(share)), (right, y(share)), "grid")
        write(svg, (left - 8, y(share) + 4), f"{100 * share:.0f}", "tick", "end")


def percent_columns(svg: Element, x: Axis, top: float, bottom: float) -> None:
    """Draw the lines of 0, 25 … 100 percent with their numbers beneath."""
    for share in (0, 0.25, 0.5, 0.75, 1):
        line(svg, (x(share), top), (x(share), bottom), "grid")
        write(svg, (x(share), bottom + 16), f"{100 * share:.0f}", "tick", "middle")


def ticks(low: float, high: float) -> list[float]:
    """Return about five round values from `low`, at most 0, to `high`, at least 0."""
    if high <= low:
        return [0.0]
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * 0.999)
    return [round(step * k, 10) for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def shortened(name: str, length: int) -> str:
    """Return a name, cut with an ellipsis where it is longer than `length`."""
    return name if len(name) <= length else name[: length - 1] + "…"


def markup(svg: Element) -> Markup:
    """Return a drawing as text of the page."""
    return Markup(tostring(svg, encoding="unicode"))  # safe: the serialiser escaped all text
