"""The charts of what is measured beside accuracy."""

import pytest
from sample_report import measured_report, plain

from cotutor.report.drawing import ticks
from cotutor.report.measure_charts import curve_chart
from cotutor.report.model import Curve


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 0, [0]),
        (0, 1000, [0, 200, 400, 600, 800, 1000]),
        (-3.4, 33.9, [0, 10, 20, 30]),
        (-1.2, 0.9, [-1, -0.5, 0, 0.5]),
        (-1.2, 0, [-1, -0.5, 0]),
    ],
)
def test_an_axis_has_few_round_ticks_and_zero(
    low: float, high: float, expected: list[float]
) -> None:
    assert ticks(low, high) == expected


def test_a_curve_in_nats_has_an_axis_of_its_own_size() -> None:
    points = ((0.0, 0.0, 0.0, 0.0, 30), (0.5, -1.0, -4.0, 2.0, 30), (1.0, 20.0, 15.0, 25.0, 30))
    curve = Curve(arm="diverse-8", task="all", name="gain-so-far", points=points)
    drawn = plain(curve_chart(measured_report(), [curve], "Likelihood gained so far"))
    assert "diverse-8, 0.0 % kept: 0.00 nats, n = 30" in drawn
    assert "50.0 % kept: −1.00 [−4.00 to 2.00] nats, n = 30" in drawn
    assert ">20<" in drawn
    assert ">100<" in drawn, "the share of the reasoning kept"
    heights = [
        float(p.split(",")[1]) for p in drawn.split('polyline points="')[1].split('"')[0].split()
    ]
    assert heights[2] < heights[0] < heights[1] <= 206


def test_a_curve_of_shares_stands_on_percent() -> None:
    report = measured_report()
    drawn = plain(curve_chart(report, report.curves[:1], "Early answering"))
    assert "nats" not in drawn
    assert ">75<" in drawn
