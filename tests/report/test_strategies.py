import re

import pytest
from sample_report import HOSTILE, Markup, compare, make_report, plain

from cotutor.report import render_page
from cotutor.report.model import Spent

TOOK = [("direct", 0.62, 60), ("best-of-8", 0.6, 61), ("react", 0.2, 900), ("tree", 0.98, 1300)]


def spent(name: str = "direct", task: str = "all", text: str = "") -> list[Spent]:
    return [
        Spent(
            arm="diverse-8", strategy=strategy + text, task=task, accuracy=accuracy,
            low=accuracy - 0.05, high=min(accuracy + 0.05, 1), n=199, unscored=1,
            prompt_tokens=0.25 * tokens, completion_tokens=0.75 * tokens, calls=tokens / 60,
            is_best=strategy in ("direct", "tree"),
            against=None if strategy == name else compare(accuracy - 0.62, -0.7, -0.1, 0.0004),
        )
        for strategy, accuracy, tokens in TOOK
    ]  # fmt: skip


def section(page: str) -> str:
    return page.partition('id="strategies"')[2].partition("</section>")[0]


def test_every_strategy_is_in_the_table_with_what_it_took() -> None:
    text = plain(Markup(section(render_page(make_report(strategies=spent())))).text)
    cells = " ".join(text.split())
    assert "1direct ● 62.057.0–67.0n 199, 1 unscored 6015 read45 written 1.0 –" in cells
    assert "3react 20.0" in cells
    assert "▼ −42.0−70.0 to −10.0p < 0.001" in cells
    assert cells.count("●") == 2


def test_a_difference_of_strategies_says_what_it_could_have_shown() -> None:
    rows = spent()
    assert "ould show" not in section(render_page(make_report(strategies=rows)))
    told = rows[1].against.model_copy(update={"detectable": 0.0812})
    rows[1] = rows[1].model_copy(update={"against": told})
    text = plain(Markup(section(render_page(make_report(strategies=rows)))).text)
    assert "could show 8.1" in text
    assert "Could show: the smallest difference that so many problems show with 80 % power" in text


def test_the_chart_has_a_numbered_mark_for_each_and_a_line_through_the_best() -> None:
    chart = section(render_page(make_report(strategies=spent())))
    circle = r'<circle cx="([\d.]+)" cy="([\d.]+)" r="4.5" class="(mark(?: hollow)?)"'
    marks = re.findall(circle, chart)
    assert [style for _, _, style in marks] == ["mark", "mark hollow", "mark hollow", "mark"]
    line = re.search(r'<polyline points="([^"]*)"', chart)
    assert line
    assert line[1].split() == [f"{x},{y}" for x, y, style in marks if style == "mark"]
    places = re.findall(r'<text x="([\d.]+)" y="([\d.]+)" class="value"[^>]*>(\d)', chart)
    assert [number for *_, number in places] == ["1", "2", "3", "4"]
    (x1, y1), (x2, y2) = [(float(x), float(y)) for x, y, _ in places[:2]]
    assert abs(x1 - x2) >= 13 or abs(y1 - y2) >= 11  # numbers of close marks are apart
    assert min(float(y) for _, y, _ in places) > 0


@pytest.mark.parametrize(("low", "high"), [(3, 3), (0, 2), (40, 60_000), (1e6, 1e6)])
def test_the_axis_of_tokens_has_few_round_ticks(low: float, high: float) -> None:
    rows = [
        row.model_copy(update={"prompt_tokens": tokens, "completion_tokens": 0.0})
        for row, tokens in zip(spent(), (low, high), strict=False)
    ]
    chart = section(render_page(make_report(strategies=rows)))
    ticks = re.findall(r'y="274" class="tick"[^>]*>([\d,]+)<', chart)
    assert 1 <= len(ticks) <= 8
    assert all(tick.replace(",", "").rstrip("0") in ("1", "2", "5") for tick in ticks)


def test_tasks_are_chosen_from_and_hostile_names_stay_text() -> None:
    rows = [row for task in ("all", "dates") for row in spent(task=task)]
    plain_tags = Markup(render_page(make_report(strategies=rows))).tags
    assert 'data-task="dates"' in section(render_page(make_report(strategies=rows)))
    for text in HOSTILE:
        rows = [row for task in ("all", "dates") for row in spent(task=task, text=text)]
        assert Markup(render_page(make_report(strategies=rows))).tags == plain_tags


def test_a_row_of_an_unknown_arm_is_refused() -> None:
    with pytest.raises(ValueError, match="strategies name"):
        make_report(strategies=[spent()[0].model_copy(update={"arm": "nobody"})])
