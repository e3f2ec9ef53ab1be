from math import sqrt
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotutor.statistics import auroc
from cotutor.statistics.ranking import score_limits

Z = 1.959963984540054
SCORES = st.lists(st.integers(-5, 5), min_size=1, max_size=8)


def test_an_auroc_by_hand():
    # Of six pairs the positive is above in three, equal in two.
    assert auroc([1, 2, 3], [1, 2]).value == (3 + 2 / 2) / 6


@given(SCORES, SCORES)
def test_swapping_the_groups_mirrors_the_auroc(positives, negatives):
    one, other = auroc(positives, negatives), auroc(negatives, positives)
    assert one.value == pytest.approx(1 - other.value)
    assert (one.low, one.high) == pytest.approx((1 - other.high, 1 - other.low))
    assert 0 <= one.low <= one.value <= one.high <= 1


def test_limits_lie_two_errors_away_by_their_own_error():
    low, high = score_limits(0.8, 30, 50)
    for limit in (low, high):
        q1, q2 = limit / (2 - limit), 2 * limit**2 / (1 + limit)  # Hanley & McNeil 1982
        variance = limit * (1 - limit) + 39 * (q1 + q2 - 2 * limit**2)
        assert abs(0.8 - limit) == pytest.approx(Z * sqrt(variance / 1500))


def test_groups_told_apart_completely_still_have_an_interval():
    found = auroc(range(10, 30), range(-10, 10))
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(0.8987, abs=1e-4)


def test_scores_that_are_all_equal_tell_nothing():
    found = auroc([1.0] * 10, [1.0] * 10)
    assert found.low < found.value == 0.5 < found.high


@pytest.mark.parametrize(("true", "shift"), [(0.76025, 1.0), (0.98305, 3.0)])
def test_the_interval_covers_as_often_as_it_says(true, shift):
    random, rounds = Random(9), 1000
    covered = 0
    for _ in range(rounds):
        positives = [random.gauss(shift, 1) for _ in range(25)]
        negatives = sorted(random.gauss(0, 1) for _ in range(25))
        value = sum(x > y for x in positives for y in negatives) / 625
        low, high = score_limits(value, 25, 25)
        covered += low <= true <= high
    assert 0.93 < covered / rounds < 0.99


def test_an_empty_group_has_no_auroc():
    with pytest.raises(ValueError, match="no AUROC"):
        auroc([], [1.0])
