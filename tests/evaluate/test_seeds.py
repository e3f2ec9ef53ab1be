import pytest

from cotutor.evaluate.accuracy import compare
from cotutor.evaluate.seeds import compare_over_seeds, over_seeds
from cotutor.records import Problem, Request, Trace, Verdict
from cotutor.statistics import mean_over_seeds, share

PROBLEMS = {
    p.id: p
    for p in (
        Problem.make(task=task, question=f"{n}?", gold=str(n), kind="number")
        for task in ("one", "two")
        for n in range(4)
    )
}


def judged(outcomes):
    names = {"c": "correct", "i": "incorrect", "u": "unscored"}
    found = []
    for problem, letter in zip(PROBLEMS.values(), outcomes, strict=True):
        trace = Trace.make(
            Request(problem=problem), generator="g", format="plain", completion="x", finish="stop"
        )
        verdict = Verdict(
            trace_id=trace.id, problem_id=problem.id, verifier="v", outcome=names[letter]
        )
        found.append((trace, verdict))
    return found


def values(outcomes):
    return {str(i): float(letter == "c") for i, letter in enumerate(outcomes)}


def test_the_accuracy_over_seeds():
    found = over_seeds(PROBLEMS, [judged("cccciiii"), judged("ccccccii")])
    expected = mean_over_seeds([values("cccciiii"), values("ccccccii")])
    assert (found.value, found.n, found.seeds) == (0.625, 8, 2)
    assert found.spread == pytest.approx(0.25 / 2**0.5)
    assert found.low == max(0.0, expected.low)
    assert found.high == min(1.0, expected.high)
    assert "2 training seeds" in str(found)


def test_a_task_and_the_problems_that_all_seeds_have_scored():
    seeds = [judged("cciiuccc"), judged("ciiicccc")]
    assert over_seeds(PROBLEMS, seeds, "one").value == 3 / 8
    assert over_seeds(PROBLEMS, seeds, "two").n == 3
    with pytest.raises(ValueError, match="no problem"):
        over_seeds(PROBLEMS, [judged("c" * 4 + "u" * 4)], "two")


def test_one_seed_says_so():
    found = over_seeds(PROBLEMS, [judged("cccciiii")])
    alone = share([[1]] * 4 + [[0]] * 4)
    assert (found.low, found.high, found.spread) == (alone.low, alone.high, None)
    assert str(found) == (
        "50.0% [21.5%, 78.5%] over 8 problems;"
        " one training seed: other trainings may differ by more"
    )


def test_seeds_that_are_all_right_still_have_an_interval():
    found = over_seeds(PROBLEMS, [judged("c" * 8)] * 3)
    assert found.low == share([[1]] * 8).low < found.high == 1.0


def test_arms_are_compared_by_problem_and_seed():
    seeds = [
        {"a": judged("ccccciii"), "b": judged("ccciiiii")},
        {"a": judged("ccccccii"), "b": judged("cciiiiuu")},
    ]
    found = compare_over_seeds(("a", "b"), PROBLEMS, seeds)
    expected = mean_over_seeds(
        [dict(zip("123456", x, strict=True)) for x in ([0, 0, 0, 1, 1, 0], [0, 0, 1, 1, 1, 1])]
    )
    assert (found.difference, found.n, found.p) == (0.5, 6, expected.p)
    assert (found.low, found.high) == (max(-1, expected.low), min(1, expected.high))
    assert found.detectable == expected.detectable


def test_with_one_seed_the_comparison_is_over_problems():
    arms = {"a": judged("ccccccci"), "b": judged("ciiiiiii")}
    found = compare_over_seeds(("a", "b"), PROBLEMS, [arms])
    usual = compare("a", "b", PROBLEMS, arms)[0]
    assert (found.difference, found.n) == (usual.difference, usual.n)
    assert found.p == pytest.approx(usual.p)
