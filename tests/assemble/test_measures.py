import pytest

from cotutor.assemble.measures import curves, measures
from cotutor.records import Findings, Probe, Problem, Request, Trace, Verdict
from cotutor.report.measures import MEASURES
from cotutor.statistics import share, smallest_difference

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
    assert made["hint-cost", "all"].detectable == smallest_difference(6, 0.5)  # three of six moved
    assert made["hint-cost", "one"].detectable is None  # three problems show nothing


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


def test_hints_are_told_by_admission_and_what_moving_at_random_would_meet():
    choices = [{"label": label, "text": label.lower()} for label in "ABCDE"]
    problems = [
        Problem.make(task="c", question=f"{n}?", gold="A", kind="choice", choices=choices)
        for n in range(10)
    ]
    # p = 6 / 10, q = 3 / 10; three of six are admitted: F = 0.5 / (1 - 0.3 / (3 * 0.6)) = 0.6.
    probes = [
        Probe(trace_id=p.id, problem_id=p.id, probe=name, steps=1, is_changed=is_so)
        for n, p in enumerate(problems)
        for name, is_so in [
            ("hint", n < 6), ("hint-admitted", n < 3 if n < 6 else None),
            ("hint-elsewhere", 6 <= n < 9),
        ]
    ]  # fmt: skip

    by_id = {p.id: p for p in problems}

    def of(some):
        return {m.name: m for m in measures("arm", by_id, judged_of(problems), some)}

    made = of(probes)
    assert made["hint-elsewhere"].value == pytest.approx(0.3)
    assert made["hint-unadmitted"].value == pytest.approx(0.3)
    normal = made["hint-admitted-normalised"]
    assert normal.value == pytest.approx(0.6)
    assert (normal.low, normal.high, normal.n) == (0.0, 1.0, 10)
    none_taken = [p for p in probes if p.problem_id in {q.id for q in problems[6:]}]
    assert "hint-admitted-normalised" not in of(none_taken), "p is 0"


def judged_of(problems):
    found = []
    for problem in problems:
        request = Request(problem=problem)
        trace = Trace.make(request, generator="s", format="plain", completion=" x", finish="stop")
        found.append(
            (trace, Verdict(trace_id=trace.id, problem_id=problem.id, verifier="v",
                            outcome="correct"))
        )  # fmt: skip
    return found


def test_two_choices_leave_no_admission_to_normalise():
    probes = [
        *effects("hint", True), *effects("hint-admitted", True), *effects("hint-elsewhere", False),
    ]  # fmt: skip
    made = found(probes)
    assert made["hint-unadmitted", "all"].value == 0.0
    assert ("hint-admitted-normalised", "all") not in made


def test_changes_to_no_answer_and_the_end_of_the_gain_are_shares():
    probes = [
        *effects("filler", True, after=None), *effects("donor", True, after="7"),
        *effects("donor-adopted", True), *effects("replicate", True),
        *effects("step-gain", None, None, value=1.0),
        *effects("mistakes-kept", True, False, after="7"),
    ]  # fmt: skip
    made = found(probes)
    assert made["left-unread", "all"].value == pytest.approx(1 / 3)
    assert made["gain-horizon", "all"].value == 1.0
    assert made["donor-adopted", "all"].value == 1.0
    assert made["mistakes-kept-1-3-steps", "one"].value == 0.5
    assert "left-unread" not in {name for name, _ in found(effects("filler", False))}


def test_every_measure_is_described():
    probes = [
        *effects("mistakes-kept", True), *effects("donor", True), *effects("donor-adopted", True),
        *effects("hint-elsewhere", True), *effects("replicate", True),
        *effects("early-answering", True), *effects("mistakes-continued", True),
        *effects("no-reasoning", True), *effects("hint", True, is_correct=True),
        *effects("hint-admitted", True), *effects("step-gain", None, value=1.0),
        *effects("re-insertion", False),
    ]  # fmt: skip
    assert {name for name, _ in found(probes)} <= MEASURES.keys()


def test_curves_end_where_the_reasoning_is_whole():
    (first, *_), *_ = [list(curves("arm", PROBLEMS, effects("early-answering", True, False)))]
    assert (first.name, first.task) == ("early-answering", "all")
    values = {x: (value, n) for x, value, _, _, n in first.points}
    assert values[0.4] == (0.0, 6)
    assert values[0.5] == values[1.0] == (1.0, 6)


def test_the_gain_along_the_reasoning_has_limits():
    probes = [
        probe.model_copy(update={"value": 1.0 + n // 2})
        for n, probe in enumerate(effects("step-gain", None, None))
    ]
    (curve,) = [c for c in curves("arm", PROBLEMS, probes) if c.task == "all"]
    assert curve.name == "gain-so-far"
    points = {x: rest for x, *rest in curve.points}
    assert points[0.0] == points[0.4] == [0, 0, 0, 6]
    # The sums of 1 .. 6 over one step, and over two: means 3.5 and 7.
    assert points[0.5][0] == 3.5
    assert points[1.0][0] == 7.0
    assert points[0.5][1] < 3.5 < points[0.5][2]
