import pytest

from cotutor.reason import Direct, SelfConsistency
from cotutor.reason.compare import compare
from cotutor.statistics import wilson
from cotutor.verify import decide
from reason.scripted import Scripted, number, run

PROBLEMS = [number(str(n % 3), question=f"{n}?") for n in range(12)]


def judged(strategy, writer, problems=PROBLEMS):
    solutions = run(strategy, writer, *problems)
    return [(s, decide(p, s.trace)) for s, p in zip(solutions, problems, strict=True)]


def constant(answer):
    return Scripted(lambda ask: f" So.\nThe answer is {answer}")


def test_accuracy_stands_against_all_tokens_with_interval_and_paired_difference():
    greedy = judged(Direct(), constant(0))
    voting = judged(SelfConsistency(samples=3, round=3), constant(1))
    rows = compare("arm", {"direct": greedy, "vote": voting}, task="t")
    assert [row.strategy for row in rows] == ["direct", "vote"]
    third = wilson(4, 12)
    assert (rows[0].accuracy, rows[0].n) == (third.value, third.n)
    assert (rows[0].low, rows[0].high) == (third.low, third.high)
    assert (rows[0].tokens, rows[1].tokens) == (6.0, 18.0)
    assert (rows[0].calls, rows[1].calls) == (1.0, 3.0)
    assert rows[0].against is None
    assert (rows[1].against.difference, rows[1].against.n) == (0.0, 12)
    assert [row.is_best for row in rows] == [True, False]


def test_who_takes_more_and_solves_more_is_on_the_front_and_the_rest_is_not():
    arms = {"b": (2, 2), "a": (1, 1), "c": (3, 1), "d": (4, 3)}
    by_accuracy = {
        name: judged(SelfConsistency(samples=n, round=n), Scripted(
            lambda ask, right=right: " The answer is "
            + str(int(ask.prompt[3:].partition("?")[0]) % 3 if right > 2 else right - 1)
        ))
        for name, (n, right) in arms.items()
    }  # fmt: skip
    rows = compare("arm", by_accuracy, task="t")
    assert [row.strategy for row in rows] == ["a", "b", "c", "d"]
    assert [row.is_best for row in rows] == [True, False, False, True]
    assert rows[3].accuracy == 1.0


def test_different_problems_are_no_comparison():
    some = judged(Direct(), constant(0), PROBLEMS[:5])
    with pytest.raises(ValueError, match="direct and vote were not given the same problems"):
        compare("arm", {"direct": judged(Direct(), constant(0)), "vote": some}, task="t")
