"""Each formula that scipy or statsmodels has, on 1,000 random cases."""

from random import Random

import numpy as np
import pytest
from scipy import stats
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.contingency_tables import mcnemar as their_mcnemar
from statsmodels.stats.power import TTestPower
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from cotutor.statistics import mcnemar, mean, pass_at_k, t_quantile, unpaired, wilson
from cotutor.statistics.ranking import area

CASES = 1_000


def test_wilson():
    random = Random(1)
    for _ in range(CASES):
        n = random.randint(1, 5000)
        found = wilson(random.randint(0, n), n)
        theirs = proportion_confint(round(found.value * n), n, method="wilson")
        assert (found.low, found.high) == pytest.approx(theirs, abs=1e-12)


def test_the_difference_of_independent_shares():
    random = Random(9)
    for _ in range(CASES):
        n, m = random.randint(1, 3000), random.randint(1, 300)
        a, b = random.randint(0, n), random.randint(0, m)
        theirs = confint_proportions_2indep(a, n, b, m, method="newcomb", compare="diff")
        value, *limits = unpaired(wilson(a, n), wilson(b, m))
        assert value == a / n - b / m
        assert limits == pytest.approx(theirs, abs=1e-9)


def test_mcnemar():
    random = Random(2)
    for _ in range(CASES):
        b, c = random.randint(0, 200), random.randint(0, 200)
        theirs = their_mcnemar([[7, b], [c, 7]], exact=True).pvalue
        assert mcnemar(b, c) == pytest.approx(theirs, rel=1e-9)


def test_pass_at_k():
    random = Random(3)
    for _ in range(CASES):
        n = random.randint(1, 200)
        c, k = random.randint(0, n), random.randint(1, n)
        assert pass_at_k(n, c, k) == pytest.approx(stats.hypergeom.sf(0, n, c, k), rel=1e-9)


def test_t_quantiles():
    random = Random(4)
    for _ in range(CASES):
        freedom, p = (
            random.choice((random.randint(1, 30), random.randint(1, 3000))),
            random.uniform(0.6, 0.999),
        )
        assert t_quantile(freedom, p) == pytest.approx(stats.t.ppf(p, freedom), rel=1e-9)


def test_the_mean_of_single_values():
    rng = np.random.default_rng(5)
    for _ in range(CASES):
        values = rng.normal(rng.normal(), 1, size=rng.integers(2, 60))
        found, theirs = mean([[x] for x in values]), stats.ttest_1samp(values, 0)
        limits = theirs.confidence_interval()
        assert (found.low, found.high) == pytest.approx((limits.low, limits.high), abs=1e-9)
        assert found.p == pytest.approx(theirs.pvalue, abs=1e-9)


def test_the_mean_of_clusters():
    rng = np.random.default_rng(6)
    for _ in range(CASES):
        sizes = rng.integers(1, 9, size=rng.integers(2, 30))
        clusters = [rng.normal(rng.normal(), 1, size=size).tolist() for size in sizes]
        values = np.concatenate(clusters)
        groups = np.repeat(np.arange(len(sizes)), sizes)
        theirs = OLS(values, np.ones(len(values))).fit(
            cov_type="cluster", cov_kwds={"groups": groups}, use_t=True
        )
        found = mean(clusters)
        assert found.error == pytest.approx(theirs.bse[0], rel=1e-9)
        assert (found.low, found.high) == pytest.approx(tuple(theirs.conf_int()[0]), abs=1e-9)


def test_the_auroc():
    rng = np.random.default_rng(7)
    for _ in range(CASES):
        high = rng.choice((3, 1000))  # with many ties, and with few
        one, other = (rng.integers(0, high, size=rng.integers(1, 40)) for _ in range(2))
        theirs = stats.mannwhitneyu(one, other, method="asymptotic").statistic
        assert area(one.tolist(), other.tolist()) == pytest.approx(theirs / len(one) / len(other))


def test_the_smallest_mean_difference():
    """Ours adds two t quantiles, theirs is exact: a few percent apart from ten problems on."""
    random = Random(8)
    for _ in range(40):
        n = random.randint(10, 1000)
        found = mean([[random.gauss(0, 1)] for _ in range(n)])
        effect = TTestPower().solve_power(nobs=n, alpha=0.05, power=0.8)
        assert found.detectable / found.error == pytest.approx(effect * n**0.5, rel=0.02)
