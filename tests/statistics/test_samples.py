from collections import Counter
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotutor.statistics import majority, pass_at_k

ANSWERS = st.lists(st.sampled_from(["1", "2", "3", None]), min_size=1, max_size=8)


def test_pass_at_k_by_hand():
    assert pass_at_k(5, 2, 1) == 0.4
    assert pass_at_k(5, 2, 2) == 1 - 3 / 10
    assert pass_at_k(5, 2, 4) == 1.0  # only three are wrong
    assert pass_at_k(5, 0, 5) == 0.0
    assert pass_at_k(1000, 1, 10) == 0.01  # no cancellation


@given(
    st.lists(st.booleans(), min_size=1, max_size=8).flatmap(
        lambda right: st.tuples(st.just(right), st.integers(1, len(right)))
    )
)
def test_pass_at_k_is_the_mean_over_all_draws(case):
    right, k = case
    draws = list(combinations(right, k))
    expected = sum(map(any, draws)) / len(draws)
    assert pass_at_k(len(right), sum(right), k) == pytest.approx(expected)


@pytest.mark.parametrize("case", [(5, 2, 0), (5, 2, 6), (5, 6, 1), (5, -1, 1), (0, 0, 1)])
def test_pass_at_k_beyond_the_samples_does_not_exist(case):
    with pytest.raises(ValueError, match="does not exist"):
        pass_at_k(*case)


@pytest.mark.parametrize(
    ("answers", "value"),
    [
        (["7", "7", "8"], 1.0),
        (["7", "8", "8"], 0.0),
        (["7", "8"], 1 / 2),
        (["7", "8", "9", "7", "8", "9"], 1 / 3),
        (["7", None, None, None], 1.0),  # what cannot be read never wins
        ([None, None], 0.0),
        (["8", None], 0.0),
    ],
)
def test_majority_of_all_samples_by_hand(answers, value):
    assert majority(answers, {"7"}) == pytest.approx(value)


def test_majority_of_fewer_by_hand():
    # Of the three pairs of 7, 7, 8 one is 7, 7 and two are ties.
    assert majority(["7", "7", "8"], {"7"}, 2) == pytest.approx(1 / 3 + 2 / 3 / 2)
    assert majority(["7", "8", "8", None], {"7"}, 1) == 0.25


def test_several_answers_may_be_right_and_each_stands_alone():
    # A puzzle has several solutions: what is the same answer is said by its name.
    assert majority(["a", "b", "c", "c"], {"a", "b"}) == 0.0
    assert majority(["a", "b", "c"], {"a", "b"}) == pytest.approx(2 / 3)


def voted(answers, right):
    votes = Counter(answer for answer in answers if answer is not None)
    first = [answer for answer in votes if votes[answer] == max(votes.values())]
    return Fraction(len(right & set(first)), len(first)) if first else Fraction(0)


@given(
    ANSWERS.flatmap(lambda a: st.tuples(st.just(a), st.integers(1, len(a)))),
    st.sets(st.sampled_from("123")),
)
def test_majority_is_the_mean_over_all_draws(case, right):
    answers, k = case
    draws = list(combinations(answers, k))
    expected = sum(voted(draw, right) for draw in draws) / len(draws)
    assert majority(answers, right, k) == pytest.approx(float(expected))


@given(ANSWERS, st.sets(st.sampled_from("123")))
def test_one_sample_is_the_mean_and_all_are_no_more_than_passed(answers, right):
    n, c = len(answers), sum(answer in right for answer in answers)
    assert majority(answers, right, 1) == pytest.approx(c / n)
    assert all(majority(answers, right, k) <= pass_at_k(n, c, k) + 1e-12 for k in range(1, n + 1))


@pytest.mark.parametrize("k", [0, 3])
def test_a_majority_beyond_the_samples_does_not_exist(k):
    with pytest.raises(ValueError, match="does not exist"):
        majority(["1", "2"], {"1"}, k)


def test_many_samples_with_many_answers_are_counted_exactly():
    answers = [str(i % 20) for i in range(64)]
    # Four answers have four samples, the others three: by symmetry among equals.
    four, three = majority(answers, {"0"}, 16), majority(answers, {"9"}, 16)
    assert 4 * four + 16 * three == pytest.approx(1.0)
    assert four > three
