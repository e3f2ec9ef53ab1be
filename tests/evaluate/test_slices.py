import pytest

from cotutor.evaluate.slices import by_source, slices
from cotutor.problems import overlap
from cotutor.records import Problem, Request, Trace, Verdict
from cotutor.statistics import wilson


def problem(n, *, task="t", steps=0, level=None, template=None):
    return Problem.make(
        task=task, question=f"{n}?", gold=str(n), kind="number",
        steps=("x",) * steps, level=level, template=template,
    )  # fmt: skip


def attempts(problems, outcomes):
    """One letter a sample, c correct, i incorrect, u unscored."""
    judged = []
    for one, letters in zip(problems, outcomes, strict=True):
        for sample, letter in enumerate(letters):
            trace = Trace.make(
                Request(problem=one, sample=sample), generator="g", format="plain",
                completion="x", finish="stop",
            )  # fmt: skip
            outcome = {"c": "correct", "i": "incorrect", "u": "unscored"}[letter]
            judged.append(
                (
                    trace,
                    Verdict(trace_id=trace.id, problem_id=one.id, verifier="v", outcome=outcome),
                )
            )
    return judged


def sliced(problems, outcomes, train, also=None):
    judged = attempts(problems, outcomes)
    return slices("a", {p.id: p for p in problems}, judged, train, also)


def told(found, by):
    return [(s.task, s.level, s.accuracy, s.n) for s in found if s.by == by]


def test_by_number_of_steps_else_by_level():
    problems = [problem(1, steps=10), problem(2, steps=9), problem(3, level=9), problem(4)]
    found = sliced(problems, ["c", "i", "c", "c"], [])
    assert told(found, "steps") == [("t", "9", 0.5, 2), ("t", "10", 1.0, 1)]
    assert found[0].low == pytest.approx(wilson(1, 2).low)


def test_by_more_steps_than_in_training():
    train = [problem(7, steps=2), problem(8, steps=4), problem(9, task="other", steps=9)]
    problems = [problem(1, steps=3), problem(2, steps=4), problem(3, steps=5), problem(4)]
    found = sliced(problems, ["c", "i", "c", "c"], train)
    assert told(found, "length") == [
        ("t", "as in training", 0.5, 2),
        ("t", "more steps than in training", 1.0, 1),
    ]


def test_by_template_of_the_same_task():
    train = [problem(8, template="A"), problem(9, task="other", template="B")]
    problems = [problem(1, template="A"), problem(2, template="B")]
    found = sliced(problems, ["c", "i"], train)
    assert told(found, "template") == [("t", "seen", 1.0, 1), ("t", "unseen", 0.0, 1)]


def asking(question, *, task="t"):
    return Problem.make(task=task, question=question, gold="1", kind="number")


def test_templates_that_no_row_names_are_those_of_the_leak_report():
    train = [
        asking("A child of 12 kg is to have 5 mg per kg. What is one dose?"),
        asking("How many tablets of 20 mg does Ann take in one week?"),
    ]
    problems = [
        asking("A child of 30 kg is to have 7 mg per kg. What is one dose?"),
        asking("The pump runs until noon; when was it begun?"),
        problem(3, task="u"),
    ]
    found = sliced(problems, ["c", "i", "i"], train)
    assert told(found, "template") == [
        ("all", "seen", 1.0, 1), ("all", "unseen", 0.0, 2),
        ("t", "seen", 1.0, 1), ("t", "unseen", 0.0, 1), ("u", "unseen", 0.0, 1),
    ]  # fmt: skip
    (leak, other) = overlap(train, problems).leaks
    assert (leak.seen, leak.tested, other.seen) == (1, 2, 0)


def test_made_problems_without_a_named_wording_are_in_no_slice_by_template():
    made = problem(1).model_copy(update={"program": {"n": 1}})
    assert told(sliced([made], ["c"], [problem(8, template="A")]), "template") == []


def test_by_source_and_over_all_tasks():
    problems = [problem(1), problem(2), problem(3, task="u")]
    sets = {"heldout": [problems[0].id, problems[2].id], "other wording": [problems[1].id]}
    by_id = {p.id: p for p in problems}
    found = by_source("a", by_id, attempts(problems, ["c", "i", "i"]), sets)
    assert told(found, "source") == [
        ("all", "heldout", 0.5, 2),
        ("all", "other wording", 0.0, 1),
        ("t", "heldout", 1.0, 1),
        ("t", "other wording", 0.0, 1),
        ("u", "heldout", 0.0, 1),
    ]


def test_a_set_asked_also_has_slices_of_its_own():
    (tested,) = sliced([problem(1, level=2)], ["c"], [])
    (also,) = sliced([problem(1, level=2)], ["c"], [], "longer")
    assert (tested.set, tested.title) == (None, "steps")
    assert (also.set, also.title) == ("longer", "steps, longer")


def test_samples_are_clustered_and_the_unscored_left_out():
    (found,) = sliced(
        [problem(1, level=2), problem(2, level=2), problem(3)], ["ccuc", "iiii", "u"], []
    )
    assert (found.accuracy, found.n) == (3 / 7, 2)
