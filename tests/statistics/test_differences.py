from itertools import product
from random import Random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotutor.statistics import (
    difference,
    mean,
    newcombe,
    paired,
    paired_samples,
    sign_flips,
    smallest_difference,
)

TABLES = st.tuples(*[st.integers(0, 8)] * 4).filter(any)
SAMPLES = st.lists(
    st.tuples(
        st.lists(st.booleans(), min_size=1, max_size=5),
        st.lists(st.booleans(), min_size=1, max_size=5),
    ),
    min_size=1,
    max_size=12,
)


def compared(a_P_K, b_P_K):
    sides = ({str(i): samples for i, samples in enumerate(side)} for side in (a_P_K, b_P_K))
    return paired_samples(*sides, names=("x", "y"), task="t")


@given(TABLES)
def test_one_sample_of_each_problem_is_the_comparison_of_outcomes(table):
    outcomes = [pair for pair, n in zip(product((1, 0), repeat=2), table, strict=True)
                for _ in range(n)]  # fmt: skip
    sides = [{str(i): bool(pair[side]) for i, pair in enumerate(outcomes)} for side in (0, 1)]
    theirs = paired(*sides, names=("x", "y"), task="t")
    found = compared([[a] for a, _ in outcomes], [[b] for _, b in outcomes])
    # 1e-6: the root of a difference of squares that are nearly the same.
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-6)
    assert (found.difference, found.detectable) == pytest.approx(
        (theirs.difference, theirs.detectable)
    )
    assert found.p == pytest.approx(theirs.p, abs=0.03)  # of more than 13 flips some are drawn


def test_arms_with_several_samples_by_hand():
    a = {"1": [1, 1], "2": [1, 0], "3": [0, 0], "4": [1], "only a": [1], "unscored": []}
    b = {"1": [0, 1], "2": [1, 0], "3": [0, 0], "4": [0, 0], "only b": [1], "unscored": [1]}
    found = paired_samples(a, b, names=("x", "y"), task="t")
    # Differences by problem: 0.5, 0, 0, 1.
    assert (found.a, found.b, found.task, found.n) == ("x", "y", "t", 4)
    assert found.difference == 0.375
    assert found.p == 2 / 4
    assert found.low < 0.375 < found.high
    assert found.detectable is None  # no four problems can be told from none


def test_four_problems_all_won_are_not_certain():
    found = compared([[1] * 8] * 4, [[0] * 8] * 4)
    assert (found.difference, found.p, found.detectable) == (1.0, 2 / 16, None)
    assert (found.low, found.high) == (pytest.approx(newcombe(0, 4, 0, 0)[0]), 1.0)


def test_a_single_sample_that_differs_does_not_make_a_narrow_interval():
    same = [[1, 1, 1]] * 6 + [[0, 0, 0]] * 6
    found = compared([[1, 1, 1]] * 5 + [[1, 1, 0]] + [[0, 0, 0]] * 6, same)
    assert found.difference == pytest.approx(-1 / 36)
    assert found.high - found.low > 0.1
    # Sign flips need six problems that move by the third that was seen.
    assert found.detectable >= 6 / 12 / 3


def test_arms_that_never_differ_still_have_an_interval():
    same = [[1, 1], [0, 1], [1, 1]]
    found = compared(same, same)
    assert (found.difference, found.p, found.detectable) == (0, 1, None)
    assert found.low < 0 < found.high
    twelve = compared(same * 4, same * 4)
    assert twelve.detectable == smallest_difference(12, 0.0)


@given(SAMPLES)
def test_a_difference_lies_in_its_interval_which_has_a_width(samples):
    value, low, high = difference([a for a, _ in samples], [b for _, b in samples])
    assert -1 <= low <= value <= high <= 1
    assert low < high


def test_many_problems_come_to_the_formula():
    random = Random(5)
    a = [[random.random() < 0.7 for _ in range(4)] for _ in range(300)]
    b = [[random.random() < 0.6 for _ in range(4)] for _ in range(300)]
    found = compared(a, b)
    formula = mean([[fmean(x) - fmean(y)] for x, y in zip(a, b, strict=True)])
    assert (found.low, found.high) == pytest.approx((formula.low, formula.high), abs=0.004)
    assert found.p == pytest.approx(formula.p, abs=0.001)
    assert found.detectable == pytest.approx(formula.detectable, rel=0.1)


def test_moves_of_one_size_have_the_power_of_mcnemars_test():
    # 12 problems of which 5 move by a half: the test sees 5 coins, whatever they weigh.
    a, b = [[1, 1]] * 4 + [[1, 0]] * 1 + [[0, 0]] * 7, [[1, 0]] * 4 + [[1, 1]] + [[0, 0]] * 7
    assert compared(a, b).detectable == pytest.approx(smallest_difference(12, 5 / 12) / 2)


def test_moves_of_several_sizes_are_found_about_four_times_in_five():
    sizes = [1.0, 0.5, 0.5, 0.25] * 5
    a, b = [[size] for size in sizes], [[0.0]] * 20
    found = compared(a, b).detectable
    better = (1 + found / fmean(sizes)) / 2  # each move is the better arm's with this chance
    random, rounds = Random(2), 400
    flips = ([s if random.random() < better else -s for s in sizes] for _ in range(rounds))
    power = sum(sign_flips(moved) <= 0.05 for moved in flips) / rounds
    assert 0.75 < power < 0.92  # the exact test moves in steps


@pytest.mark.parametrize(("n", "kept"), [(5, 0.9), (10, 0.9), (40, 0.7)])
def test_the_interval_covers_as_often_as_it_says(n, kept):
    """Problems that an arm always or never solves, where a bootstrap of five rarely covers."""
    random, rounds, covered = Random(4), 500, 0
    for _ in range(rounds):
        first = [random.random() < 0.6 for _ in range(n)]
        other = [x == (random.random() < kept) for x in first]
        _, low, high = difference(*([[x] * 4 for x in side] for side in (first, other)))
        covered += low <= 0.2 * (1 - kept) <= high
    assert covered / rounds > 0.93


def test_arms_without_a_common_problem_cannot_be_compared():
    with pytest.raises(ValueError, match="in common"):
        paired_samples({"1": [1]}, {"1": [], "2": [1]}, names=("x", "y"), task="t")
