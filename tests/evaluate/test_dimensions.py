import pytest

from cotutor.evaluate.dimensions import dimensions, ratio
from cotutor.records import Problem, Request, Trace, Verdict
from cotutor.report.measures import MEASURES
from cotutor.statistics import t_quantile

PROBLEMS = {
    p.id: p
    for p in (Problem.make(task="t", question=f"{n}?", gold="8", kind="number") for n in range(4))
}


def judged(completions, *, fmt="plain", outcomes="ciiu", tokens=(10, 20, 30, 40)):
    names = {"c": "correct", "i": "incorrect", "u": "unscored"}
    found = []
    for problem, text, letter, count in zip(
        PROBLEMS.values(), completions, outcomes, tokens, strict=True
    ):
        trace = Trace.make(
            Request(problem=problem), generator="s", format=fmt, completion=text or "",
            finish="stop", completion_tokens=count, error=None if text is not None else "lost",
        )  # fmt: skip
        verdict = Verdict(
            trace_id=trace.id, problem_id=problem.id, verifier="v", outcome=names[letter]
        )  # fmt: skip
        found.append((trace, verdict))
    return found


def test_steps_format_tokens_and_contradictions_by_hand():
    measures = dimensions("s", PROBLEMS, judged([
        " 3 + 5 = 8. That is all.\nThe answer is 8",
        " 2 * 4 = 8. 2 * 4 = 9. 9 is it.\nThe answer is 9",
        " I do not know.",
        None,
    ]))  # fmt: skip
    found = {m.name: m for m in measures}
    assert (found["steps-stated"].value, found["steps-stated"].n) == (2.0, 3)
    assert found["format-kept"].value == pytest.approx(2 / 3)
    assert found["contradicting"].value == pytest.approx(1 / 3)
    assert found["tokens-per-right"].value == 60  # of 10 + 20 + 30, for one right answer
    assert found["tokens-per-right"].high is None  # one of three may as well be none
    assert found.keys() <= MEASURES.keys()


def test_a_format_of_answers_alone_has_no_measure_of_steps():
    measures = dimensions("s", PROBLEMS, judged([" 8"] * 4, fmt="plain-answer"))
    assert {m.name for m in measures} == {"format-kept", "tokens-per-right"}


def test_nobody_right_is_no_number_of_tokens():
    measures = dimensions("s", PROBLEMS, judged(["x"] * 4, outcomes="iiii"))
    assert "tokens-per-right" not in {m.name for m in measures}


def test_fiellers_limits_are_where_the_difference_is_just_significant():
    above, below = [10.0, 14.0, 9.0, 20.0, 11.0, 16.0], [1.0, 1.0, 0.0, 1.0, 1.0, 1.0]
    value, low, high = ratio(above, below)
    assert value == 16
    assert low < value < high
    for limit in (low, high):
        rest = [x - limit * y for x, y in zip(above, below, strict=True)]
        mean = sum(rest) / 6
        variance = sum((r - mean) ** 2 for r in rest) / 5 / 6
        assert abs(mean) / variance**0.5 == pytest.approx(t_quantile(5))
