import pytest
from sample_report import (
    ABOUT,
    Markup,
    make_measure,
    make_report,
    make_row,
    measured_report,
    plain,
)

from cotutor.report import render_page
from cotutor.report.board import alarms, beside, boards, shown
from cotutor.report.measures import GROUPS, MEASURES, Unit
from cotutor.report.model import Measure, Report


@pytest.fixture(autouse=True)
def described(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, about in ABOUT.items():
        monkeypatch.setitem(MEASURES, name, about)


def changed(name: str, **update: float) -> Report:
    """The measured report with one measure of diverse-8 over all tasks changed."""
    measures = [
        m.model_copy(update=update) if (m.arm, m.task, m.name) == ("diverse-8", "all", name) else m
        for m in measured_report().measures
    ]
    return measured_report(measures=measures)


def flags(report: Report, name: str) -> list[str | None]:
    lines = [line for block in boards(report)["all"].blocks for line in block.lines]
    cells = next(line.cells for line in lines if line.name == name)
    return [cell and cell.flag for cell in cells]


def test_measures_stand_by_group_and_unknown_ones_last() -> None:
    board = boards(measured_report())["all"]
    assert [block.key for block in board.blocks] == [
        *(key for key in GROUPS if key in {about.group for about in ABOUT.values()}), "other",
    ]  # fmt: skip
    assert [line.name for line in board.blocks[-1].lines] == ["unheard-of"]
    assert [arm.name for arm in board.arms] == ["fine-tune-cot", "diverse-8"]


def test_accuracy_stands_beside_what_is_measured_of_the_reasoning() -> None:
    blocks = {block.key: block for block in boards(measured_report())["all"].blocks}
    for key in ("chain", "faithfulness"):
        first = blocks[key].lines[0]
        assert first.title == "Accuracy"
        assert [cell and cell.value for cell in first.cells] == ["50.0", "80.0"]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(0.8134, "share", "81.3"), (-0.031, "points", "−3.1"), (1234.56, "tokens", "1,234.6"),
     (-2.309, "nats", "−2.31"), (12.5, "perplexity", "12.50"), (7.0, "count", "7.0"),
     (0.00012345, None, "0.0001234"), (float("nan"), None, "nan")],
)  # fmt: skip
def test_values_are_read_in_their_unit(value: float, unit: Unit | None, text: str) -> None:
    assert shown(value, unit) == text


def test_a_control_that_is_not_zero_raises_an_alarm_on_top_of_the_page() -> None:
    assert alarms(measured_report()) == []
    failed = changed("re-insertion", value=0.004)
    assert flags(failed, "re-insertion") == [None, "alarm"]
    text = plain(Markup(render_page(failed)).text)
    assert "Control failed: Re-insertion must be 0, and is 0.4 % for diverse-8 on all." in text


def test_a_loss_is_what_the_run_calls_one() -> None:
    assert flags(changed("probed-skills", high=-0.01), "probed-skills") == [None, None]
    assert flags(changed("probed-skills", is_loss=True), "probed-skills") == [None, "loss"]


def test_a_difference_says_what_it_could_have_shown() -> None:
    assert "Could show" not in Markup(render_page(measured_report())).text
    text = Markup(render_page(changed("probed-skills", detectable=0.034))).text
    assert "could show 3.4" in text
    assert "Could show: the smallest change that so many items show with 80 % power." in text


def test_windows_are_called_so() -> None:
    lost = make_measure("diverse-8", "text: t", "nats-lost", 0.1)
    text = plain(Markup(render_page(measured_report(measures=[lost]))).text)
    assert f"n {lost.n} windows" in text


def test_an_interval_and_another_n_stand_beneath_the_value() -> None:
    text = Markup(render_page(changed("probed-early", n=123))).text
    assert "60.556.5–65.5n 123" in "".join(text.split("\n"))
    assert "n 123 to 500" in plain(text)


def test_what_is_no_tested_task_stands_beside_by_group_with_single_skills_apart() -> None:
    names = ("all skills", "skill: add", "text: t")
    kept = [make_measure("diverse-8", name, "probed-skills", 0.1) for name in names]
    rule = make_measure("fine-tune", "rule: short", "unheard-of", 0.5)
    report = measured_report(measures=[*kept, rule])
    assert boards(report) == {}
    retention, other = beside(report)
    assert [block.title for block in retention.board.blocks] == ["all skills", "text: t"]
    assert [block.title for block in retention.skills.blocks] == ["skill: add"]
    assert [arm.name for arm in retention.board.arms] == ["diverse-8"]
    assert [block.title for block in other.board.blocks] == ["rule: short"]


def test_what_a_run_of_one_task_measures_over_all_is_of_that_task() -> None:
    whole = make_measure("fine-tune", "all", "probed-skills", 0.1)
    rows = [make_row("fine-tune", "dates", 0.5)]
    report = make_report(measures=[whole], rows=rows, comparisons=[], absent=[])
    assert list(boards(report)) == ["dates"]
    assert beside(report) == []


def test_a_measure_that_is_not_finite_leaves_the_page_standing() -> None:
    measure = Measure(arm="diverse-8", task="all", name="unheard-of", value=float("inf"), n=3)
    page = render_page(measured_report(measures=[measure]))
    assert "inf" in Markup(page).text
    assert "translate(nan" not in page
