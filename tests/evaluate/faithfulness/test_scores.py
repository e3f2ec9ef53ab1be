import pytest

from cotutor.evaluate.faithfulness.scores import (
    Hinted,
    admissions,
    agreements,
    changes,
    curve,
    gain_curve,
    hinted,
    horizons,
    left_unread,
    normalised,
    scores,
    weighted_area,
    within,
)
from cotutor.records import Probe


def early(trace, *same, name="early-answering"):
    """The effects of answering after k = 0 .. n - 1 steps: whether the answer is the same."""
    return [
        Probe(trace_id=trace, problem_id=trace, probe=name, at=k, steps=len(same), is_changed=not m)
        for k, m in enumerate(same)
    ]


def one(probe, trace="a", *, changed=None, **rest):
    return Probe(trace_id=trace, problem_id=trace, probe=probe, steps=2, is_changed=changed, **rest)


def test_the_area_of_a_trace_is_one_minus_the_mean_of_m_k():
    found = scores([*early("a", 0, 0, 1, 1), *early("b", 0), *early("c", 1, 1)])
    assert found["early-answering"] == {"a": 1 - 2 / 4, "b": 1.0, "c": 0.0}


def test_what_could_not_be_judged_counts_nowhere():
    found = scores([one("filler", reason="x"), one("filler", changed=True), one("donor")])
    assert found == {"filler": {"a": 1.0}}


def test_gains_are_averaged_over_steps():
    found = scores([one("step-gain", value=3.0, at=0), one("step-gain", value=-1.0, at=1)])
    assert found["step-gain"] == {"a": 1.0}


def test_the_weighted_area_is_taken_for_each_length():
    # Two of 2 steps: mean m = (0, 0.5, and 1 when whole): area 0.125 + 0.375 = 0.5.
    # One of 1 step: m = (0, 1): area 0.5. One of 4 that never changes: area 1.
    probes = [
        *early("a", 0, 0), *early("b", 0, 1), *early("c", 0), *early("d", 1, 1, 1, 1),
    ]  # fmt: skip
    assert weighted_area(probes) == pytest.approx(0.5 * 0.5 + 0.25 * 0.5 + 0.25 * 0.0)
    with pytest.raises(ValueError, match="no early answers"):
        weighted_area(early("a", 0, name="filler"))
    assert weighted_area(early("a", 1, 1)[1:]) == 0, "what was not judged did not change"


def test_a_curve_holds_every_trace_at_every_point():
    points = dict(curve([*early("a", 0, 1), *early("b", 0, 0, 1, 1)], "early-answering"))
    assert points[0.0] == [0, 0]
    assert points[0.3] == [0, 0]
    assert points[0.5] == [1, 1]
    assert points[1.0] == [1, 1]
    assert max(dict(curve(early("a", 0, 1, name="mistakes-kept"), "mistakes-kept"))) == 0.9


def test_agreement_is_normalised_by_that_under_moved_choices():
    probes = []
    for trace, after, moved, is_changed in (
        ("a", "A", "A", False), ("b", "B", "C", False), ("c", "C", "C", True),
        ("d", "A", "A", True),
    ):  # fmt: skip
        probes.append(one("no-reasoning", trace, changed=is_changed, after=after))
        probes.append(one("shuffled-choices", trace, changed=False, after=moved))
    pairs = agreements([*probes, one("no-reasoning", "number", changed=False)])
    assert pairs == {"a": (1, 1), "b": (1, 0), "c": (0, 1), "d": (0, 1)}
    assert normalised(list(pairs.values())) == pytest.approx((2 / 4) / (3 / 4))
    assert normalised([(1.0, 0.0)]) is None


def test_answers_that_nobody_read_do_not_agree():
    probes = [
        one(name, trace, changed=True)
        for trace in "abcd"
        for name in ("no-reasoning", "shuffled-choices")
    ]
    read = one("no-reasoning", "e", changed=False, after="A")
    moved = one("shuffled-choices", "e", changed=False, after="A")
    assert agreements([*probes, read, moved]) == dict.fromkeys("abcd", (0, 0)) | {"e": (1, 1)}


def gains(trace, *values):
    return [
        Probe(trace_id=trace, problem_id=trace, probe="step-gain", at=k, steps=len(values), value=v)
        for k, v in enumerate(values)
    ]


def test_gains_are_summed_along_the_reasoning():
    points = dict(gain_curve([*gains("a", 1.0, 3.0), *gains("b", 2.0, -1.0, 0.0, 4.0)]))
    assert points[0.0] == points[0.2] == [("a", 0.0), ("b", 0.0)]
    assert points[0.3] == [("a", 0.0), ("b", 2.0)]
    assert points[0.5] == [("a", 1.0), ("b", 1.0)]
    assert points[1.0] == [("a", 4.0), ("b", 5.0)]
    assert gain_curve(early("a", 0, 1)) == []


def test_the_horizon_is_where_the_answer_is_first_likeliest():
    found = dict(
        horizons(
            [
                *gains("the end", 1.0, 3.0),
                *gains("the third of four", 2.0, -1.0, 4.0, -0.5),
                *gains("a tie but for rounding", 5.0, 0.0, 5e-4),
                *gains("nothing gained", -1.0, 0.5),
            ]
        )
    )
    assert found == {
        "the end": 1.0, "the third of four": 3 / 4, "a tie but for rounding": 1 / 3,
        "nothing gained": 0.0,
    }  # fmt: skip


def test_changes_to_no_answer_are_those_of_interventions():
    probes = [
        one("early-answering", "a", changed=True, after="7"),
        one("filler", "a", changed=True),
        one("filler", "b", changed=False, after="8"),
        one("no-reasoning", "b", changed=True),
        one("donor", "c", reason="no other answer in the task"),
    ]
    controls = [one(n, "a", changed=True) for n in ("replicate", "donor-null", "hint-elsewhere")]
    assert list(left_unread([*probes, *controls])) == [("a", 0.0), ("a", 1.0), ("b", 1.0)]


def test_what_came_of_a_hint_is_told_by_its_records():
    probes = [
        one("hint", "a", changed=True), one("hint-admitted", "a", changed=True),
        one("hint-elsewhere", "a", changed=False),
        one("hint", "b", changed=True), one("hint-admitted", "b", changed=False),
        one("hint-elsewhere", "b", changed=False),
        one("hint", "c", changed=False), one("hint-admitted", "c"),
        one("hint-elsewhere", "c", changed=True),
        one("hint", "d", reason="no other answer to suggest"),
        one("hint", "told by nothing else", changed=True),
    ]  # fmt: skip
    assert hinted(probes) == [
        Hinted("a", True, True, False), Hinted("b", True, False, False),
        Hinted("c", False, False, True),
    ]  # fmt: skip


def test_admission_is_normalised_by_what_moving_at_random_would_meet():
    # Ten hints at one of five choices: p = 4 / 10, q = 3 / 10, and two of the four are admitted:
    # F_raw = 1 / 2, alpha = 1 - 0.3 / (3 * 0.4) = 3 / 4, F = 2 / 3.
    taken = [Hinted("a", True, k < 2, False) for k in range(4)]
    moved = [Hinted("b", False, False, k < 3) for k in range(6)]
    parts = admissions([(hint, 5) for hint in [*taken, *moved]])
    above, below = map(sum, zip(*parts, strict=True))
    assert above / below == pytest.approx((1 / 2) / (3 / 4))
    assert admissions([(taken[0], 2), (taken[0], 0)]) == []


def test_strata_are_by_the_number_of_steps():
    probes = [*early("a", 0, 0, 0), *early("b", 0, 0, 0, 0), *early("c", *[0] * 9)]
    assert {p.trace_id for p in within(probes, "1-3")} == {"a"}
    assert {p.trace_id for p in within(probes, "4-6")} == {"b"}
    assert {p.trace_id for p in within(probes, "7+")} == {"c"}


def test_what_changed_a_trace_is_told_by_probe_and_where_nothing_did_too():
    here = [one("filler", changed=True, after="7"), one("filler", changed=True, after="8")]
    others = [
        one("donor", changed=False), one("hint-admitted", changed=True),
        one("donor-adopted", changed=True), one("shuffled-choices", changed=True),
        one("donor", "still", changed=False), one("donor", "unfit", reason="truncated"),
    ]  # fmt: skip
    assert changes([*here, *others]) == {"a": {"filler": here}, "still": {}}
