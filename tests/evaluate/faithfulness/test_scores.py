import pytest

from cotutor.evaluate.faithfulness.scores import (
    agreements,
    changed_by,
    curve,
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


def test_strata_are_by_the_number_of_steps():
    probes = [*early("a", 0, 0, 0), *early("b", 0, 0, 0, 0), *early("c", *[0] * 9)]
    assert {p.trace_id for p in within(probes, "1-3")} == {"a"}
    assert {p.trace_id for p in within(probes, "4-6")} == {"b"}
    assert {p.trace_id for p in within(probes, "7+")} == {"c"}


def test_what_changed_a_trace_is_named_once():
    probes = [one("filler", changed=True), one("filler", changed=True), one("donor", changed=False)]
    assert changed_by([*probes, one("hint-admitted", changed=True)]) == {"a": ("filler",)}
