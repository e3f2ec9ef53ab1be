import pytest
from sample_report import Markup, compare, make_report, plain

from cotutor.records import Comparison
from cotutor.report import headline, render_page


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (compare(0.5, 0.44, 0.56, 1e-9), "a gain of 50.0 points [+44.0 to +56.0], p < 0.001."),
        (compare(-0.052, -0.08, -0.024, 0.004), "a loss of 5.2 points [−8.0 to −2.4], p = 0.004."),
        (
            compare(0.013, -0.02, 0.046, 0.44),
            "a difference of +1.3 points [−2.0 to +4.6], p = 0.44, which chance can explain.",
        ),
        (  # interval and exact p may disagree at the edge: then nothing is claimed
            compare(0.02, 0.001, 0.039, 0.051),
            "a difference of +2.0 points [+0.1 to +3.9], p = 0.051, which chance can explain.",
        ),
    ],
)
def test_headline_says_what_the_numbers_say(found: Comparison, said: str) -> None:
    sentence = plain(headline(make_report(comparisons=[found])))
    assert sentence == (
        "diverse-8 gets 80.0 % [77.0–83.0] of 1,000 held-out problems right; "
        f"fine-tune gets 30.0 % [27.0–33.0]: {said}"
    )


def test_headline_prefers_the_comparison_over_all_tasks_and_else_names_the_task() -> None:
    on_dates = compare(-0.2, -0.3, -0.1, 0.001, task="dates")
    both = [on_dates, compare(0.5, 0.4, 0.6, 0.0001)]
    assert "a gain of 50.0" in headline(make_report(comparisons=both))
    alone = headline(make_report(comparisons=[on_dates]))
    assert "of 500 held-out problems of dates right" in alone
    assert "a loss of 20.0" in alone


def test_the_split_is_called_what_it_is() -> None:
    page = plain(Markup(render_page(make_report(split="validation"))).text)
    assert "of 1,000 validation problems right" in page
    assert "Share of validation problems answered correctly" in page
    assert "held-out" not in page


def test_page_counts_tasks_won_and_lost() -> None:
    found = [
        compare(0.5, 0.4, 0.6, 1e-4),
        compare(0.4, 0.3, 0.5, 1e-4, "coin_flip"),
        compare(-0.4, -0.5, -0.3, 1e-4, "dates"),
    ]
    text = Markup(render_page(make_report(comparisons=found))).text
    assert "diverse-8 is clearly better on 1 of 2, clearly worse on 1, and on 0 chance" in text
    assert "For scale: guess 25.0 %, symbolic 100.0 %." in plain(text)


def test_headline_without_comparison_tells_of_the_last_student_not_of_the_best() -> None:
    report = make_report(comparisons=())
    arms = (*report.arms[2:], *report.arms[:2])
    said = plain(headline(report.model_copy(update={"arms": arms})))
    assert said.startswith("fine-tune-cot gets 50.0 % [47.0–53.0] of 1,000 held-out problems")
