import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_report import make_bad_chain, make_cut, make_good, make_report, make_wrong_valid

from cotutor.records import Outcome
from cotutor.report import render_page
from cotutor.report.model import Attempt, Changed, Finish, SideBySide, Step
from cotutor.report.reader import attempt_tags, filters, pair_tags, pieces, reader_data


def make_shown(text: str = "q", *attempts: Attempt) -> SideBySide:
    return SideBySide(problem_id=text, task=text, question=text, gold=text, attempts=attempts)


def test_gains_and_losses_are_those_of_the_headline_pair() -> None:
    def pair(baseline: Outcome, student: Outcome) -> list[str]:
        attempts = [
            Attempt(arm="fine-tune", completion="", answer=None, outcome=baseline),
            Attempt(arm="diverse-8", completion="", answer=None, outcome=student),
        ]
        return pair_tags(make_shown("q", *attempts), "diverse-8", "fine-tune")

    assert pair("incorrect", "correct") == ["gain"]
    assert pair("correct", "incorrect") == ["loss"]
    assert pair("unscored", "correct") == pair("correct", "correct") == []


@pytest.mark.parametrize(
    ("attempt", "tags"),
    [
        (make_good(1), ["right"]),
        (make_bad_chain(1), ["right", "right-invalid"]),
        (make_wrong_valid(1), ["wrong", "wrong-valid"]),
        (make_cut(1), ["wrong", "wrong-valid", "truncated"]),
    ],
)
def test_an_attempt_fits_its_filters(attempt: Attempt, tags: list[str]) -> None:
    assert attempt_tags(attempt) == tags


def test_a_chain_in_which_nothing_was_checked_is_neither_valid_nor_bad() -> None:
    step = Step(text="Well.", mark="unchecked")
    attempt = make_wrong_valid(1).model_copy(update={"steps": (step,)})
    assert attempt_tags(attempt) == ["wrong"]


def test_filters_that_fit_nothing_are_left_out() -> None:
    report = make_report(side_by_side=[make_shown("q", make_good(1), make_bad_chain(2))])
    assert [tag for tag, _ in filters(report)] == ["right", "right-invalid"]


def test_what_only_a_control_changed_no_intervention_changed() -> None:
    def tags(*probes: str, is_probed: bool = True) -> list[str]:
        changed = tuple(Changed(probe=name, places=((None, "5"),), n=1) for name in probes)
        update = {"changed_by": changed, "is_probed": is_probed}
        return attempt_tags(make_good(1).model_copy(update=update))

    assert tags() == tags("replicate") == ["right", "unmoved"]
    assert tags("replicate", "filler") == tags(is_probed=False) == ["right"]
    report = make_report(
        side_by_side=[make_shown("q", make_good(1).model_copy(update={"changed_by": ()}))]
    )
    assert ("unmoved", "probed, changed by none") in filters(report)


def test_a_change_is_told_with_its_step_and_the_answer_after_it() -> None:
    places = ((None, "5"), (0, None), (2, "x" * 90))
    attempt = make_good(1).model_copy(
        update={
            "changed_by": tuple(
                Changed(probe=name, places=places, n=4)
                for name in ("early-answering", "mistakes-kept")
            )
        }
    )
    data = json.loads(reader_data(make_report(side_by_side=[make_shown("q", attempt)])))
    cut = "x" * 59 + "…"
    assert data["problems"][0]["attempts"][0]["changed"] == [
        [0, [["", "5"], ["before step 1", None], ["after step 2", cut]], 1],
        [1, [["", "5"], ["step 1", None], ["step 3", cut]], 1],
    ]


def in_pieces(completion: str, *steps: str, finish: Finish = "stop") -> list[tuple[str, ...]]:
    found = [Step(text=step, mark="valid") for step in steps]
    attempt = Attempt(
        arm="a", completion=completion, answer=None, outcome="correct", finish=finish, steps=found
    )
    return list(pieces(attempt))


def test_a_completion_is_cut_at_its_steps() -> None:
    assert in_pieces(" One. Two.\n\nThe answer is 2", "One.", "Two.") == [
        ("One.", "valid"), ("Two.", "valid"), ("The answer is 2",),
    ]  # fmt: skip
    assert in_pieces("<think>Again. Again.</think>", "Again.", "Again.") == [
        ("<think>",), ("Again.", "valid"), ("Again.", "valid"), ("</think>",),
    ]  # fmt: skip


def test_a_step_that_does_not_stand_in_the_completion_is_shown_after_it() -> None:
    assert in_pieces("5 <think>+ 3 = 8. So.", "5 + 3 = 8.", "So.") == [
        ("5 <think>+ 3 = 8.",), ("So.", "valid"), ("5 + 3 = 8.", "valid"),
    ]  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(st.text(), st.sampled_from(["</script>", "<!--<script>", "<![CDATA[", "&lt;", "\u2028"]))
def test_the_data_is_json_that_holds_no_markup(text: str, sign: str) -> None:
    attempt = Attempt(arm="diverse-8", completion=text + sign, answer=sign, outcome="correct")
    data = reader_data(make_report(side_by_side=[make_shown(text + sign, attempt)]))
    assert not set("<>&") & set(data)
    held = json.loads(data)["problems"][0]
    assert held["question"] == text + sign
    assert held["attempts"][0]["pieces"] == [[t] for t in [(text + sign).strip()] if t]


def test_a_lone_surrogate_is_spelled_out() -> None:
    attempt = Attempt(arm="diverse-8", completion="a\ud800b", answer=None, outcome="incorrect")
    page = render_page(make_report(side_by_side=[make_shown("q", attempt)]))
    assert "a⟨U+D800⟩b" in page
    page.encode()


def test_what_was_left_out_is_told() -> None:
    page = render_page(make_report(left_out=1234))
    assert "1,234 more problems are left out" in page


def test_the_teacher_stands_first() -> None:
    shown = make_shown("q", make_good(1), make_good(1).model_copy(update={"arm": "symbolic"}))
    data = json.loads(reader_data(make_report(side_by_side=[shown])))
    names = [data["arms"][attempt["arm"]]["name"] for attempt in data["problems"][0]["attempts"]]
    assert names == ["symbolic", "diverse-8"]


def test_the_height_of_a_row_is_the_same_for_script_and_style() -> None:
    folder = Path(__file__).parents[2] / "src" / "cotutor" / "report"
    assert "const ROW = 56;" in (folder / "reader.js").read_text("utf-8")
    assert "height: 56px" in (folder / "page.css").read_text("utf-8")
