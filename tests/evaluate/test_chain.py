import pytest

from cotutor.evaluate.chain import chain, is_sound
from cotutor.records import Findings, Problem, Request, Trace, Verdict

PROBLEMS = {
    p.id: p
    for p in (
        Problem.make(task="t", question=f"{n}?", gold="1", kind="number", steps=("1", "2", "3"))
        for n in range(5)
    )
}


def judged(outcome, at, **findings):
    problem = list(PROBLEMS.values())[at]
    trace = Trace.make(
        Request(problem=problem), generator="s", format="plain", completion=" x", finish="stop"
    )
    found = Findings(by="equations", **findings) if findings else None
    return trace, Verdict(
        trace_id=trace.id, problem_id=problem.id, verifier="v", outcome=outcome, findings=found
    )


def means(found):
    values = {name: [x for some in by.values() for x in some] for name, by in found.items()}
    return {name: sum(some) / len(some) for name, some in values.items()}


def test_the_measures_of_chains_by_hand():
    found = chain(
        PROBLEMS,
        [
            judged("correct", 0, steps=4, checked=3, valid=3, operands=6, unsourced=2,
                   is_supported=True, reached=3),
            judged("correct", 1, steps=4, checked=2, valid=1, invalid=1, first_bad=2, operands=4,
                   ungrounded=1, unsourced=1, is_supported=False, reached=1),
            judged("incorrect", 2, steps=2, checked=2, valid=0, invalid=2, first_bad=0, reached=0),
            judged("incorrect", 3),
            judged("correct", 3, steps=3, checked=0),
            judged("unscored", 4, steps=9, invalid=9, first_bad=0),
        ],
    )  # fmt: skip
    assert means(found) == {
        "valid-statements": pytest.approx(4 / 7),
        "sound-steps": pytest.approx((1 + 2 / 4 + 0) / 3),
        "checked-steps": pytest.approx((3 / 4 + 2 / 4 + 1 + 0) / 4),
        "grounded": pytest.approx(9 / 10),
        "grounded-strict": pytest.approx(7 / 10),
        "supported": pytest.approx(1 / 2),
        "coverage": pytest.approx((3 / 3 + 1 / 3 + 0) / 3),
        "omission": pytest.approx(1 / 2),
        "sound-accuracy": pytest.approx(1 / 5),
        "right-unsound": pytest.approx(1 / 2),
        "right-unchecked": pytest.approx(1 / 3),
    }


def test_findings_of_before_have_no_measure_of_what_was_not_counted():
    found = chain(PROBLEMS, [judged("correct", 0, steps=4, valid=3, operands=6)])
    assert "checked-steps" not in found
    assert "grounded-strict" not in found


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"valid": 2}, True),
        ({"valid": 2, "invalid": 1, "first_bad": 0}, False),
        ({"valid": 0}, False),
        ({"valid": 0, "unreadable": 3}, False),
    ],
)
def test_a_chain_is_sound_where_something_is_true_and_nothing_untrue(found, expected):
    assert is_sound(Findings(by="equations", steps=3, **found)) is expected
    assert is_sound(None) is False


def test_an_arm_without_reasoning_has_no_chain_to_measure():
    assert chain(PROBLEMS, [judged("correct", 0), judged("incorrect", 1)]) == {}


def test_a_reasoning_without_a_statement_to_check_is_not_called_sound():
    unchecked = judged("correct", 0, steps=3)
    assert "sound-steps" not in chain(PROBLEMS, [unchecked])
    assert "sound-accuracy" not in chain(PROBLEMS, [unchecked])
    both = means(
        chain(PROBLEMS, [unchecked, judged("correct", 1, steps=2, invalid=1, first_bad=1)])
    )
    assert both["sound-steps"] == pytest.approx(1 / 2)
    assert both["right-unsound"] == 1
    assert both["right-unchecked"] == pytest.approx(1 / 2)
    assert both["sound-accuracy"] == 0
