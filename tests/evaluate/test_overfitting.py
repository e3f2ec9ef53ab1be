from collections import Counter

import pytest

from cotutor.evaluate.overfitting import drawn, overfitting
from cotutor.evaluate.retention import RetentionSettings, flagged
from cotutor.records import Problem, Request, Trace, Verdict


def made(count, *, task="t", template="1", start=0):
    return [
        Problem.make(task=task, question=f"{task} {n}?", gold="1", kind="number", template=template)
        for n in range(start, start + count)
    ]


def judged(problems, right):
    found = []
    for at, problem in enumerate(problems):
        trace = Trace.make(
            Request(problem=problem), generator="s", format="plain", completion="x", finish="stop"
        )
        outcome = "correct" if at < right else "incorrect"
        verdict = Verdict(
            trace_id=trace.id, problem_id=problem.id, verifier="v", outcome=outcome
        )  # fmt: skip
        found.append((trace, verdict))
    return found


def test_the_gap_is_newcombes_for_independent_shares():
    train, tested = made(70), made(80, start=100)
    by_id = {p.id: p for p in (*train, *tested)}
    measures = overfitting(
        "s", by_id, train, tested=judged(tested, 48), training=judged(train, 56)
    )  # fmt: skip
    found = {m.name: m for m in measures}
    gap = found["overfitting"]
    # The worked example of Newcombe 1998, table II: 56/70 against 48/80.
    assert (gap.value, gap.low, gap.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)
    for margin, is_loss in ((0.05, True), (0.06, False)):
        told = flagged(measures, RetentionSettings(margin=margin))
        assert [measure.is_loss for measure in told if measure.name == "overfitting"] == [is_loss]
    assert found["accuracy-training"].value == 0.8
    assert "accuracy-unseen-wording" not in found
    assert "accuracy-validation" not in found


def test_other_wordings_are_those_that_no_training_problem_of_the_task_has():
    train = made(4) + made(4, task="u", template="2")
    tested = made(4, start=10) + made(4, template="2", start=20)  # 2 is a wording of another task
    by_id = {p.id: p for p in (*train, *tested)}
    measures = overfitting("s", by_id, train, tested=judged(tested, 5), training=[])
    (unseen,) = [m for m in measures if m.name == "accuracy-unseen-wording"]
    assert (unseen.value, unseen.n) == (0.25, 4)
    assert [m.name for m in measures] == ["accuracy-unseen-wording"]  # no training, no gap


def test_training_problems_are_drawn_in_the_mix_of_the_tested_ones():
    train = made(500, task="a") + made(50, task="b") + made(50, task="c")
    tested = made(10, task="a", start=900) + made(10, task="b", start=900)
    found = drawn(train, tested, 40)
    assert Counter(p.task for p in found) == {"a": 20, "b": 20}
    assert found == drawn(list(reversed(train)), tested, 40)
