from random import Random
from statistics import fmean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cotutor.statistics import bootstrap, mcnemar, mean, newcombe, paired_samples, sign_flips


def test_the_bootstrap_is_scipys():
    random = Random(1)
    values = [random.expovariate(1) for _ in range(60)]
    for statistic in (fmean, stdev):
        theirs = stats.bootstrap(
            (values,), statistic, method="percentile", vectorized=False, n_resamples=4000, rng=2
        ).confidence_interval
        ours = bootstrap(values, statistic, rounds=4000)
        assert ours == pytest.approx((theirs.low, theirs.high), abs=0.03)


def test_the_bootstrap_draws_clusters_whole():
    # Two kinds of clusters of ten equal values: the mean is as uncertain as that of 40 values.
    clusters = [[1.0] * 10] * 20 + [[0.0] * 10] * 20
    low, high = bootstrap(clusters, lambda drawn: fmean(x for values in drawn for x in values))
    assert (high - low) / 2 == pytest.approx(1.96 * 0.5 / 40**0.5, rel=0.1)


def test_a_seed_gives_one_answer():
    values = [i**0.5 for i in range(20)]
    assert bootstrap(values, fmean, seed=1) == bootstrap(values, fmean, seed=1)
    assert bootstrap(values, fmean, seed=1) != bootstrap(values, fmean, seed=2)


def test_one_cluster_cannot_be_resampled():
    with pytest.raises(ValueError, match="1 cluster"):
        bootstrap([1.0], fmean)


@given(st.integers(0, 6), st.integers(0, 6), st.integers(0, 5))
def test_sign_flips_of_single_outcomes_are_mcnemars_test(b, c, same):
    differences = [1.0] * b + [-1.0] * c + [0.0] * same
    assert sign_flips(differences) == pytest.approx(mcnemar(b, c))


def test_sign_flips_by_hand():
    # Sums of 8 flips of 1, 2, 3: 6, 4, 2, 0, 0, -2, -4, -6.
    assert sign_flips([1.0, 2.0, 3.0]) == 2 / 8
    assert sign_flips([1.0, 2.0, -1.0]) == 6 / 8
    assert sign_flips([]) == sign_flips([0.0, 0.0]) == 1.0


def test_random_sign_flips_come_near_the_exact_ones():
    differences = [1.0] * 22 + [-1.0] * 10
    assert sign_flips(differences) == pytest.approx(mcnemar(22, 10), abs=0.01)
    assert sign_flips([1.0] * 40) == 1 / 10_001


def test_arms_with_several_samples_by_hand():
    a = {"1": [1, 1], "2": [1, 0], "3": [0, 0], "4": [1], "only a": [1], "unscored": []}
    b = {"1": [0, 1], "2": [1, 0], "3": [0, 0], "4": [0, 0], "only b": [1], "unscored": [1]}
    found = paired_samples(a, b, names=("x", "y"), task="t")
    # Differences by problem: 0.5, 0, 0, 1.
    assert (found.a, found.b, found.task, found.n) == ("x", "y", "t", 4)
    assert found.difference == 0.375
    assert found.p == 2 / 4
    # Of the 256 ways to draw four, 5 have a mean above 0.75, and 16 have 0.
    assert (found.low, found.high) == (0.0, 0.75)
    assert found.detectable == mean([[0.5], [0.0], [0.0], [1.0]]).detectable


def test_the_paired_bootstrap_comes_near_the_formula():
    random = Random(5)
    a = {str(i): [random.random() < 0.7 for _ in range(4)] for i in range(300)}
    b = {str(i): [random.random() < 0.6 for _ in range(4)] for i in range(300)}
    found = paired_samples(a, b, names=("x", "y"), task="t")
    formula = mean([[fmean(a[key]) - fmean(b[key])] for key in a])
    assert (found.low, found.high) == pytest.approx((formula.low, formula.high), abs=0.004)
    assert found.p == pytest.approx(formula.p, abs=0.001)


def test_arms_that_never_differ_still_have_an_interval():
    same = {"1": [1, 1], "2": [0, 1], "3": [1, 1]}
    found = paired_samples(same, same, names=("x", "y"), task="t")
    assert (found.difference, found.p, found.detectable) == (0, 1, None)
    assert (found.low, found.high) == newcombe(3, 0, 0, 0)
    assert found.low < 0 < found.high


def test_arms_without_a_common_problem_cannot_be_compared():
    with pytest.raises(ValueError, match="in common"):
        paired_samples({"1": [1]}, {"1": [], "2": [1]}, names=("x", "y"), task="t")
