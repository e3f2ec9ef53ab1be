from itertools import combinations
from xml.etree import ElementTree

import pytest
from sample_report import make_report, make_row

from cotutor.report.charts import samples_chart


def places(svg):
    """(left, top, right, bottom) of each dot, and each value's text (a letter 6 wide, 10 high)."""
    for dot in ElementTree.fromstring(svg).iter("circle"):
        x, y = float(dot.get("cx")), float(dot.get("cy"))
        yield x - 4, y - 4, x + 4, y + 4
    for text in ElementTree.fromstring(svg).iter("text"):
        if text.get("class") == "value":
            x, y, width = float(text.get("x")), float(text.get("y")), 6 * len(text.text)
            left = x - {"end": 1, "middle": 0.5, "start": 0}[text.get("text-anchor")] * width
            yield left, y - 10, left + width, y


def meet(a, b):
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


@pytest.mark.parametrize("best", [0.05, 0.33, 0.36, 0.41, 0.44, 0.47, 0.5, 0.95])
@pytest.mark.parametrize("least", [0.05, 0.36, 0.44, 0.95])
def test_the_label_of_a_line_stands_on_no_value_and_on_no_dot(best, least):
    rows = [
        make_row("fine-tune", "all", 0.5),
        make_row("fine-tune-cot", "all", least),
        make_row("diverse-8", "all", best),
    ]
    found = list(places(samples_chart(make_report(rows=rows), "all")))
    assert len(found) == 5
    assert not [pair for pair in combinations(found, 2) if meet(*pair)]
