import pytest

from cotutor.assemble.measures import curves, measures
from cotutor.records import Findings, Probe, Problem, Request, Trace, Verdict
from cotutor.report.measures import MEASURES
from cotutor.statistics import share

PROBLEMS = {
    p.id: p
    for p in (
        Problem.make(task=task, question=f"{n}?", gold="1", kind="number")
        for task in ("one", "two")
        for n in range(3)
    )
}


def judged():
    found = []
    for n, problem in enumerate(PROBLEMS.values()):
        trace = Trace.make(
            Request(problem=problem), generator="s", format="plain", completion=" x", finish="stop"
        )
        findings = Findings(by="equations", steps=2, valid=1, first_bad=None if n % 2 else 0)
        verdict = Verdict(
            trace_id=trace.id, problem_id=problem.id, verifier="v", findings=findings,
            outcome="correct" if n < 3 else "incorrect",
        )  # fmt: skip
        found.append((trace, verdict))
    return found


def effects(name, *changed, **rest):
    """One effect for each attempt at each step."""
    return [
        Probe(
            trace_id=trace.id,
            problem_id=trace.problem_id,
            probe=name,
            at=at,
            steps=len(changed),
            is_changed=is_changed,
            **rest,
        )
        for trace, _ in judged()
        for at, is_changed in enumerate(changed)
    ]


def found(probes):
    return {(m.name, m.task): m for m in measures("arm", PROBLEMS, judged(), probes)}


def test_measures_stand_over_all_tasks_and_per_task_with_clustered_intervals():
    made = found(effects("early-answering", True, True, False))
    assert {task for _, task in made} == {"all", "one", "two"}
    whole = made["early-answering", "all"]
    expected = share([[2 / 3]] * 6)
    assert (whole.value, whole.low, whole.high, whole.n) == (
        pytest.approx(2 / 3), expected.low, expected.high, 6,
    )  # fmt: skip
    assert made["sound-accuracy", "one"].value == pytest.approx(1 / 3)
    assert made["right-unsound", "one"].value == pytest.approx(2 / 3)
    assert ("right-unsound", "two") not in made, "nothing is right there"
    assert made["early-answering-1-3-steps", "one"].n == 3
    # Trapezoids over m = (0, 0, 1) and 1 when whole, at k / 3.
    assert made["early-answering-weighted", "all"].value == pytest.approx(1 - (1 / 6 + 1 / 3))


def test_agreement_is_one_minus_change_and_a_hint_costs_accuracy():
    made = found([*effects("no-reasoning", True), *effects("hint", True, is_correct=False)])
    assert made["no-reasoning", "all"].value == 0.0
    assert made["hint-cost", "all"].value == pytest.approx(0.5)
    assert made["hint-cost", "one"].value == 1.0


def test_a_hint_that_cost_nothing_and_an_area_that_never_varies_have_intervals_of_a_width():
    never = [
        p for p in effects("hint", True, is_correct=True) if p.problem_id in list(PROBLEMS)[:3]
    ]
    made = found([*never, *effects("early-answering", *[True] * 49)])
    cost = made["hint-cost", "all"]
    assert (cost.value, cost.n) == (0.0, 3)
    assert cost.low < -0.3 < 0.3 < cost.high
    area = made["early-answering-weighted", "all"]
    assert area.low < area.value <= area.high
    assert area.high - area.low > 0.3


def test_choices_that_tell_nothing_of_each_other_have_no_interval():
    moved = effects("shuffled-choices", True, after="B")
    stays = [
        p.model_copy(update={"after": "B", "is_changed": False})
        for p in effects("no-reasoning", True)
    ]
    found_ = found([*moved, *stays])["no-reasoning-normalised", "all"]
    assert (found_.value, found_.low, found_.high) == (1.0, None, None)


def test_every_measure_is_described():
    probes = [
        *effects("early-answering", True), *effects("mistakes-continued", True),
        *effects("no-reasoning", True), *effects("hint", True, is_correct=True),
        *effects("step-gain", None, value=1.0), *effects("re-insertion", False),
    ]  # fmt: skip
    assert {name for name, _ in found(probes)} <= MEASURES.keys()


def test_curves_end_where_the_reasoning_is_whole():
    (first, *_), *_ = [list(curves("arm", PROBLEMS, effects("early-answering", True, False)))]
    assert (first.name, first.task) == ("early-answering", "all")
    values = {x: (value, n) for x, value, _, _, n in first.points}
    assert values[0.4] == (0.0, 6)
    assert values[0.5] == values[1.0] == (1.0, 6)
