from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from cotutor.statistics import mcnemar, newcombe, paired, wilson


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_scipys(counts):
    successes, n = counts
    estimate = wilson(successes, n)
    theirs = binomtest(successes, n).proportion_ci(method="wilson")
    assert estimate.low == pytest.approx(theirs.low, abs=1e-12)
    assert estimate.high == pytest.approx(theirs.high, abs=1e-12)
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1


def test_the_unscored_are_shown_and_not_counted():
    estimate = wilson(3, 4, unscored=2)
    assert (estimate.value, estimate.n, estimate.unscored) == (0.75, 4, 2)


def test_an_estimate_of_nothing_does_not_exist():
    with pytest.raises(ValueError, match="7 unscored"):
        wilson(0, 0, unscored=7)


@pytest.mark.parametrize("counts", [(5, 4, 0), (-1, 4, 0), (1, 4, -1)])
def test_impossible_counts_are_refused(counts):
    with pytest.raises(ValueError, match="impossible"):
        wilson(*counts)


@given(st.integers(0, 300), st.integers(0, 300))
def test_mcnemar_is_the_exact_binomial_test(b, c):
    expected = binomtest(b, b + c).pvalue if b + c else 1.0
    assert mcnemar(b, c) == pytest.approx(expected, rel=1e-9)


def test_mcnemar_by_hand():
    assert mcnemar(0, 5) == 2 / 32
    assert mcnemar(1, 5) == 2 * 7 / 64
    assert mcnemar(4, 4) == mcnemar(0, 0) == 1.0


def test_mcnemar_of_many_problems_is_exact_and_quick():
    assert mcnemar(4_700, 5_300) == pytest.approx(binomtest(4_700, 10_000).pvalue, rel=1e-9)
    assert mcnemar(10, 99_990) == 0.0  # below the smallest float


def test_mcnemar_refuses_negative_counts():
    with pytest.raises(ValueError, match="negative"):
        mcnemar(-1, 3)


@pytest.mark.parametrize(
    ("table", "low", "high"),
    [
        # Newcombe 1998, table II.
        ((36, 12, 2, 0), 0.0569, 0.3404),
        # Altman et al., Statistics with Confidence (2000), table 6.2.
        ((14, 5, 0, 22), 0.011, 0.226),
        # Fagerland, Lydersen & Laake, Statist. Med. 33 (2014): airway hyper-responsiveness.
        ((1, 1, 7, 12), -0.507, -0.026),
    ],
)
def test_newcombe_gives_the_published_intervals(table, low, high):
    assert newcombe(*table) == pytest.approx((low, high), abs=6e-4)


def test_newcombe_by_hand_without_correlation():
    # Arm a solves 10 of 10, arm b none: phi is 0 and the limits are Wilson's, squared and added.
    low, high = newcombe(0, 10, 0, 0)
    wilson_high = 1 - 10 / (10 + 1.959963984540054**2)
    assert (low, high) == pytest.approx((1 - wilson_high * 2**0.5, 1.0))


@given(st.tuples(*[st.integers(0, 60)] * 4).filter(any))
def test_swapping_the_arms_mirrors_the_interval(table):
    both, only_a, only_b, neither = table
    low, high = newcombe(both, only_a, only_b, neither)
    assert newcombe(both, only_b, only_a, neither) == pytest.approx((-high, -low))
    assert -1 <= low <= (only_a - only_b) / sum(table) <= high <= 1


def test_the_interval_covers_the_true_difference_as_often_as_it_says():
    random = Random(20)
    # Joint chances of (both, only a, only b, neither); the arms are correlated, as students are.
    chances, n, rounds = (0.45, 0.25, 0.10, 0.20), 60, 4000
    covered = 0
    for _ in range(rounds):
        drawn = random.choices(range(4), chances, k=n)
        low, high = newcombe(*(drawn.count(cell) for cell in range(4)))
        covered += low <= 0.15 <= high
    # Four standard errors of 95 % over the rounds; method 10 is a little conservative.
    assert 0.936 < covered / rounds < 0.975


def test_arms_are_compared_on_the_problems_both_answered():
    a = {"1": True, "2": True, "3": True, "4": False, "only a": False}
    b = {"1": True, "2": False, "3": False, "4": False, "only b": True}
    found = paired(a, b, names=("diverse", "plain"), task="coins")
    assert (found.a, found.b, found.task, found.n) == ("diverse", "plain", "coins", 4)
    assert found.difference == 0.5
    assert found.p == mcnemar(2, 0) == 0.5
    assert (found.low, found.high) == newcombe(1, 2, 0, 1)


def test_arms_without_a_common_problem_cannot_be_compared():
    with pytest.raises(ValueError, match="in common"):
        paired({"1": True}, {"2": True}, names=("x", "y"), task="t")


@pytest.mark.parametrize("table", [t for t in product((0, 1), repeat=4) if any(t)])
def test_tiny_tables_have_an_interval(table):
    low, high = newcombe(*table)
    assert -1 <= low <= high <= 1
