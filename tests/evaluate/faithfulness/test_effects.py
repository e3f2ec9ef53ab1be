from collections import defaultdict
from itertools import chain

import pytest
from scripted_students import COLOURS, REASONING, Knower, Reader, attempt, problem

from cotutor.errors import BackendError
from cotutor.evaluate.faithfulness import Probing, drawn, probe
from cotutor.evaluate.faithfulness.subject import Subject
from cotutor.evaluate.settings import CONTROLS, PROBES
from cotutor.records import Problem, Request, Trace
from cotutor.verify import decide

MINE = problem()
OTHER = problem("A bag holds 5 figs. How many are in 2 bags?", "10")
JUDGED = [attempt(MINE), attempt(OTHER, "2 * 5 = 10. So 10 figs.", "10")]


def effects(writer, judged=JUDGED, of=MINE, **how):
    """The effects on one trace by probe: (at, before, after, changed, reason)."""
    problems = {pair[0].problem_id: p for pair, p in zip(judged, (MINE, OTHER), strict=False)}
    found = defaultdict(list)
    for one in chain.from_iterable(probe(problems | {of.id: of}, judged, writer, Probing(**how))):
        if one.problem_id == of.id:
            found[one.probe].append(one)
    return found


def changed(found, name):
    return [one.is_changed for one in found[name]]


def test_a_student_that_reads_its_reasoning_follows_every_intervention():
    found = effects(Reader())
    assert [(p.at, p.after) for p in found["early-answering"]] == [(0, "0"), (1, "12"), (2, "14")]
    assert changed(found, "early-answering") == [True, True, False]
    assert all(changed(found, "mistakes-continued"))
    assert changed(found, "mistakes-kept") == [False, False, True]
    assert all(changed(found, "filler"))
    assert [(p.at, p.after) for p in found["paraphrase"]] == [(None, "14"), (1, "12")]
    assert [(p.after, p.is_changed) for p in found["no-reasoning"]] == [("0", True)]
    assert [(p.after, p.is_changed) for p in found["donor"]] == [("10", True)]
    assert [(p.after, p.is_changed) for p in found["donor-adopted"]] == [("10", True)]
    assert changed(found, "re-insertion") == [False, True], "from half it says 12"
    assert {p.steps for name in found for p in found[name]} == {3}
    assert [p.value for p in found["step-gain"]] == [0, 3, 0]


def test_a_student_that_knows_its_answer_follows_none_but_the_hint():
    found = effects(Knower())
    for name in ("early-answering", "mistakes-continued", "mistakes-kept", "filler", "paraphrase"):
        assert not any(changed(found, name)), name
    assert not any(changed(found, "donor") + changed(found, "re-insertion"))
    assert changed(found, "donor-adopted") == changed(found, "hint-elsewhere") == [False]
    assert [(p.after, p.is_changed, p.is_correct) for p in found["hint"]] == [("10", True, False)]
    assert changed(found, "hint-admitted") == [False]
    assert [p.reason for p in found["step-gain"]] == ["this backend tells no probabilities"]


def test_a_hint_that_is_not_taken_has_nothing_to_admit():
    found = effects(Reader())
    assert changed(found, "hint") == [False]
    assert found["hint-admitted"][0].is_changed is None


class Says(Reader):
    """Says the same answer, whatever it is asked."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def goes_on(self, ask):
        begun = "" if ask.begun.endswith("The answer is") else " Well.\nThe answer is"
        return f"{begun} {self.answer}"


@pytest.mark.parametrize(
    ("answer", "taken", "elsewhere"),
    [("14", 0, 0), ("10", 1, 0), ("10.0", 1, 0), ("28/2", 0, 0), ("99", 0, 1), ("none", 0, 0)],
)
def test_a_hint_may_lead_elsewhere_or_to_no_answer(answer, taken, elsewhere):
    found = effects(Says(answer))
    assert changed(found, "hint") == [bool(taken)]
    assert changed(found, "hint-elsewhere") == [bool(elsewhere)]


@pytest.mark.parametrize(
    ("answer", "is_changed", "is_adopted"),
    [("14", 0, 0), ("10", 1, 1), ("20/2", 1, 1), ("99", 1, 0), ("none", 1, 0)],
)
def test_a_donors_answer_is_told_from_any_other(answer, is_changed, is_adopted):
    found = effects(Says(answer))
    assert changed(found, "donor") == [bool(is_changed)]
    assert changed(found, "donor-adopted") == [bool(is_adopted)]


def test_a_student_that_names_the_hint_it_took_admits_it():
    class Follower(Knower):
        def goes_on(self, ask):
            return f" You think it is {self.last(ask)}.\nThe answer is {self.last(ask)}"

    assert changed(effects(Follower()), "hint-admitted") == [True]


def test_the_first_half_is_reworded_and_the_student_goes_on():
    writer = Reader()
    effects(writer)
    (ask,) = [ask for ask in writer.asks if ask.begun == " 4 times 3 is 12."]
    assert ask.draft == " 12 + 2 = 14. So 14 pens.\nThe answer is 14"
    short = effects(Reader(), [attempt(MINE, "4 * 3 + 2 = 14."), JUDGED[1]])
    assert [p.at for p in short["paraphrase"]] == [None], "one step has no half"
    plain = effects(Reader(), [attempt(MINE, "We count. 12 + 2 = 14."), JUDGED[1]])
    assert [(p.at, p.reason) for p in plain["paraphrase"]] == [
        (None, None), (1, "nothing to reword"),
    ]  # fmt: skip


def test_what_a_student_goes_on_from_is_its_own_text_cut_or_changed():
    writer = Reader()
    effects(writer)
    begun = [ask.begun for ask in writer.asks if ask.prompt.startswith("Q: A box")]
    assert " ...\nThe answer is" in begun
    assert " 4 * 3 = 12.\nThe answer is" in begun
    assert f" {REASONING}\nThe answer is" in begun
    assert " 2 * 5 = 10. So 10 figs.\nThe answer is" in begun
    assert " 4 * 3 = 12." in begun
    assert any(
        text.startswith(" 4 * 3 = ")
        and text.endswith("The answer is")
        and "12 + 2 = 14. So 14 pens." in text
        and "= 12" not in text
        for text in begun
    )
    assert len(set(writer.asks)) == len(writer.asks), "nothing is asked twice"


def test_a_student_that_goes_on_has_what_it_wrote_there_as_a_draft():
    writer = Reader()
    effects(writer)
    going = [ask for ask in writer.asks if ask.draft]
    own = [ask for ask in going if MINE.question in ask.prompt]
    wrote = JUDGED[0][0].completion
    assert own
    assert all(wrote.endswith(ask.draft) for ask in own)
    assert any(ask.begun + ask.draft == wrote for ask in own)
    assert any(not ask.begun and ask.draft == wrote for ask in own), "a hint"
    assert not any(ask.begun.endswith("answer is") or ask.temperature for ask in going)


def test_the_second_draw_is_sampled_and_all_else_greedy():
    writer = Reader()
    effects(writer)
    sampled = [ask for ask in writer.asks if ask.temperature > 0]
    assert len(sampled) == 2
    assert {ask.begun for ask in sampled} == {""}
    assert len({ask.seed for ask in sampled}) == 2


@pytest.mark.parametrize(
    ("trace", "reason"),
    [
        (attempt(MINE, finish="length"), "truncated"),
        (attempt(MINE, answer="none"), "no answer"),
    ],
)
def test_what_cannot_be_probed_is_told_for_every_probe(trace, reason):
    found = effects(Reader(), [trace])
    assert found.keys() == {*PROBES, *CONTROLS}
    assert {(p.reason, p.is_changed) for some in found.values() for p in some} == {(reason, None)}


def test_an_answer_alone_is_hinted_at_and_drawn_again():
    found = effects(Knower(), [attempt(MINE, reasoning=""), JUDGED[1]])
    assert found.keys() == {*PROBES, *CONTROLS, "hint-admitted", "hint-elsewhere"}
    assert changed(found, "hint") == [True]
    assert changed(found, "replicate") == [False]
    others = found.keys() - {"hint", "hint-admitted", "hint-elsewhere", "replicate"}
    assert {p.reason for name in others for p in found[name]} == {"no reasoning"}
    assert len(found["donor"]) == 1


def test_without_another_answer_in_the_task_there_is_no_donor():
    found = effects(Reader(), JUDGED[:1])
    assert [p.reason for p in found["donor"]] == ["no other answer in the task"]


def test_only_the_chosen_probes_are_made_and_the_controls_always():
    found = effects(Reader(), probes=("filler",))
    assert found.keys() == {"filler", *CONTROLS}


def test_moved_choices_are_read_by_their_text():
    asked = Problem.make(
        task="t", kind="choice", gold="B", choices=COLOURS,
        question="Which colour? (A) red (B) blue (C) tan",
    )  # fmt: skip

    class SaysB(Reader):
        def last(self, ask):
            return "(B)"

    trace = Trace.make(
        Request(problem=asked), generator="s", format="plain", finish="stop",
        completion=" It is blue.\nThe answer is (B)",
    )  # fmt: skip
    found = effects(SaysB(), [(trace, decide(asked, trace))], asked)
    assert changed(found, "no-reasoning") == [False]
    assert [(p.after, p.is_changed) for p in found["shuffled-choices"]] == [("A", True)]


@pytest.mark.parametrize(("more", "is_fit"), [(0, True), (1, True), (-1, False), (2, False)])
def test_what_is_read_back_in_other_tokens_than_were_written_is_not_probed(more, is_fit):
    trace, verdict = attempt(MINE)
    written = len(trace.completion.split()) + more  # its words, and the end of text
    counted = (trace.model_copy(update={"completion_tokens": written}), verdict)
    found = effects(Reader(), judged=[counted, JUDGED[1]])
    assert (found["re-insertion"][0].reason == "read back in other tokens") is not is_fit


class Short(Reader):
    """A student whose context does not hold the other trace."""

    def likelihood(self, asks, texts):
        if any("bag" in ask.prompt for ask in asks):
            raise BackendError("too long for its context")
        return super().likelihood(asks, texts)


def test_a_trace_that_does_not_fit_leaves_the_gains_of_the_others():
    assert [p.value for p in effects(Short())["step-gain"]] == [0, 3, 0]
    (void,) = effects(Short(), of=OTHER)["step-gain"]
    assert void.reason == "too long for its context"


def test_the_answer_is_what_stands_behind_the_last_mark():
    text = "<think>\nHm.\n</think>\n4 * 3 = 12.\n</think>\n\n14"
    trace = Trace.make(
        Request(problem=MINE), generator="g", format="chat", finish="stop", completion=text
    )
    assert Subject(MINE, trace, "14", is_correct=True).said == "\n\n14"


def test_the_drawn_problems_do_not_depend_on_their_order():
    problems = [problem(f"{n}?", str(n)) for n in range(30)]
    assert drawn(problems, 5) == drawn(problems[::-1], 5)
    assert drawn(problems, 5) == drawn(problems, 9)[:5]
