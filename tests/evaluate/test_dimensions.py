import pytest

from cotutor.evaluate.dimensions import dimensions
from cotutor.records import Problem, Request, Trace, Verdict
from cotutor.report.measures import MEASURES

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
    assert found["steps-stated"].low == 0.0  # there are no fewer, however few tell it
    assert found.keys() <= MEASURES.keys()


def test_a_format_of_answers_alone_has_no_measure_of_steps():
    measures = dimensions("s", PROBLEMS, judged([" 8"] * 4, fmt="plain-answer"))
    assert {m.name for m in measures} == {"format-kept", "tokens-per-right"}


def test_attempts_that_are_all_alike_tell_no_interval():
    alike = judged([" 3 + 5 = 8. So.\nThe answer is 8"] * 4, outcomes="cccc", tokens=(10,) * 4)
    found = {m.name: m for m in dimensions("s", PROBLEMS, alike)}
    for name, value in (("steps-stated", 2.0), ("tokens-per-right", 10.0)):
        assert (found[name].value, found[name].low, found[name].high) == (value, None, None)


def test_nobody_right_is_no_number_of_tokens():
    measures = dimensions("s", PROBLEMS, judged(["x"] * 4, outcomes="iiii"))
    assert "tokens-per-right" not in {m.name for m in measures}
