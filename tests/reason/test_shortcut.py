import pytest

from cotutor.generate.writing import Written
from cotutor.reason import Direct, SelfConsistency
from cotutor.verify import decide
from reason.scripted import Scripted, number, run

CALCULATING = Direct(calculator=True)
THEIRS = " 12 boxes make 12*7 = <<12*7=82>>82, and <<84-80=5>>5.\nThe answer is 5"
OURS = " 12 boxes make 12*7 = <<12*7=84>>84, and <<84-80=4>>4.\nThe answer is 4"


def copying(theirs, ours):
    """A student that writes `theirs`, and behind each mark of `ours` what follows it there.

    It writes marks wrong that it has not seen right.
    """

    def script(ask):
        if not ask.begun:
            return theirs
        behind = ours.removeprefix(ask.begun)
        return behind.replace("<<84-80=4>>4", "<<84-80=5>>5")

    return Scripted(script)


def test_a_calculator_has_the_last_word_in_marks_and_writing_goes_on():
    writer = copying(THEIRS, OURS)
    solution = run(CALCULATING, writer)
    assert solution.trace.completion == OURS
    assert solution.counts == {"marks corrected": 2}
    assert decide(number("4"), run(CALCULATING, writer, number("4"))[0].trace).outcome == "correct"
    begun = [call[0].begun for call in writer.calls[:3]]
    assert begun == ["", " 12 boxes make 12*7 = <<12*7=84>>", OURS.partition("4.\n")[0]]
    assert len({call[0].seed for call in writer.calls[:3]}) == 3
    assert run(Direct(), copying(THEIRS, OURS)).trace.completion == THEIRS


def test_right_marks_cost_nothing_and_dropped_tokens_count():
    writer = copying(OURS, OURS)
    solution = run(CALCULATING, writer)
    assert (solution.trace.completion, len(writer.calls)) == (OURS, 1)
    assert solution.counts == {"marks right": 2}
    wrong = run(CALCULATING, copying(THEIRS, OURS))
    assert wrong.completion_tokens > solution.completion_tokens


@pytest.mark.parametrize("result", ["3.14", "3.1429", "22/7", "3.143"])
def test_rounded_results_are_right(result):
    text = f" <<22/7={result}>>"
    assert run(CALCULATING, Scripted(lambda ask: text)).trace.completion == text


@pytest.mark.parametrize("result", ["3", "3.1", "3.15", "", "three"])
def test_wrong_results_are_not(result):
    def script(ask):
        return "" if ask.begun else f" <<22/7={result}>> and on"

    assert run(CALCULATING, Scripted(script)).trace.completion == " <<22/7=3.1429>>"


@pytest.mark.parametrize("inside", ["x=5", "7+=5", "1/0=5", "no sum", "a\nb=5", "2^9999=5", "<=5"])
def test_what_cannot_be_worked_out_is_left_to_the_student(inside):
    text = f" So <<{inside}>>5 >> 4 << 3.\nThe answer is 5"
    solution = run(CALCULATING, Scripted(lambda ask: text))
    assert solution.trace.completion == text
    is_mark = inside not in ("no sum", "a\nb=5", "<=5")
    assert solution.counts == ({"marks left to the student": 1} if is_mark else {})


def test_many_samples_are_corrected_together_and_within_their_limit():
    writer = copying(THEIRS, OURS)
    solution = run(SelfConsistency(samples=4, round=4, calculator=True), writer)
    assert [len(call) for call in writer.calls] == [4, 4, 4]
    assert solution.counts["marks corrected"] == 8
    short = run(CALCULATING.model_copy(update={"max_tokens": 6}), copying(THEIRS, OURS))
    assert short.trace.finish == "length"
    endless = Scripted(lambda ask: " <<1+1=3>>")
    assert run(CALCULATING, endless).trace.finish == "length"


def test_a_failure_in_between_is_a_failure():
    failed = Written("", "error", 0, 0, error="no route")
    solution = run(CALCULATING, Scripted(lambda ask: failed if ask.begun else " <<1+1=3>>"))
    assert solution.trace.error == "no route"
