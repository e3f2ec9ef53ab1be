"""Means of several values a problem, clustered by problem, and over training seeds.

Axes: `_C` clusters (problems), `_K` values of one of them, `_S` seeds.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import atan, cos, exp, fsum, lgamma, log1p, pi, sin, sqrt
from statistics import NormalDist, covariance
from typing import NamedTuple

from cotutor.records import Estimate
from cotutor.statistics.power import POWER
from cotutor.statistics.proportions import score_interval

_ROUNDING = 1e-13


class Mean(NamedTuple):
    """A mean of `n` clusters with its 95 % t interval, from its error and degrees of freedom.

    Where all clusters are the same, its error is 0: no variation was seen, which tells
    nothing of how far off the mean may be, and there is no interval.
    """

    value: float
    error: float
    n: int
    freedom: int

    @property
    def low(self) -> float | None:
        """Return the lower limit, None where no variation was seen."""
        return self.value - t_quantile(self.freedom) * self.error if self.error else None

    @property
    def high(self) -> float | None:
        """Return the upper limit, None where no variation was seen."""
        return self.value + t_quantile(self.freedom) * self.error if self.error else None

    @property
    def p(self) -> float:
        """Return the two-sided p of a mean of 0; without variation, that of the sign test."""
        if self.error == 0:
            return 2.0 ** (1 - self.n) if self.value else 1.0
        return max(0.0, 1 - _within(abs(self.value) / self.error, self.freedom))

    @property
    def detectable(self) -> float | None:
        """Return the smallest mean that would be told from 0 with 80 % power.

        None where no variation was seen. Source: Miller 2024 (arXiv 2411.00640),
        section 5, with t quantiles for the normal ones.
        """
        both = t_quantile(self.freedom) + t_quantile(self.freedom, POWER)
        return both * self.error if self.error else None


def mean(values_C_K: Sequence[Sequence[float]]) -> Mean:
    """Return the mean of all values with a cluster-robust t interval.

    The values of one cluster may depend on each other in any way; clusters are
    independent. Every value weighs the same. Clusters without values are left out.

    Source: Miller 2024 (arXiv 2411.00640), section 2.2, with the small-sample
    factor C / (C - 1) and the t quantile of C - 1 degrees of freedom.

    Raises:
        ValueError: fewer than two clusters have values.

    """
    values_C_K = [values for values in values_C_K if values]
    n = len(values_C_K)
    if n < 2:
        raise ValueError(f"a mean of {n} cluster(s) has no interval")
    value, variance = _clustered(values_C_K)
    error = sqrt(variance * n / (n - 1))
    return Mean(value, error if error > _ROUNDING * abs(value) else 0.0, n, n - 1)


def share(
    values_C_K: Sequence[Sequence[float]], *, draws: int | None = None, unscored: int = 0
) -> Estimate:
    """Return the mean of values in 0-1 with a clustered score interval; `n` counts clusters.

    Wilson's interval, taken at the number of independent outcomes that would be
    as uncertain as the clusters are, fewer clusters counting for less. With one
    outcome a cluster it is Wilson's own; where all are 0 or all 1, that number
    is the clusters', so that no interval has zero width. `draws` (by default
    how many values there are) is the most it can be.

    Simulated coverage at 10 to 200 problems of 4 to 16 samples: 0.90 to 0.98
    (of `mean`'s limits: 0.79 to 0.96); 0.88 at worst (0.77), for ten problems
    that are nearly always or nearly never solved.

    Source: Korn & Graubard, Survey Methodology 24 (1998) 193-201 (effective
    number); Dean & Pagano, J. Surv. Stat. Methodol. 3 (2015) 484-503 (with Wilson).

    Raises:
        ValueError: no cluster has values, or a value is outside 0-1.

    """
    values_C_K = [values for values in values_C_K if values]
    if not values_C_K or not all(0 <= x <= 1 for values in values_C_K for x in values):
        raise ValueError(f"no share of {len(values_C_K)} cluster(s) exists, or a value is not one")
    n = len(values_C_K)
    value, variance = _clustered(values_C_K)
    effective = float(n)
    if 0 < value < 1 and n > 1:
        most = draws or sum(map(len, values_C_K))
        effective = min(value * (1 - value) / variance, most) if variance else most
        effective *= (t_quantile(most - 1) / t_quantile(n - 1)) ** 2
    low, high = score_interval(value, effective)
    return Estimate(value=value, low=low, high=high, n=n, unscored=unscored)


def _clustered(values_C_K: Sequence[Sequence[float]]) -> tuple[float, float]:
    """Return the mean and its cluster-robust variance without small-sample factor."""
    size = sum(map(len, values_C_K))
    value = fsum(map(fsum, values_C_K)) / size
    sums = (fsum(values) - len(values) * value for values in values_C_K)
    return value, fsum(s * s for s in sums) / size**2


def ratio(
    above_C: Sequence[float], below_C: Sequence[float]
) -> tuple[float, float | None, float | None]:
    """Return sum over sum of what is never below 0, with 95 % limits.

    None where the data set no bound: one cluster, clusters that all have the same
    ratio, or a lower sum that may be 0 as far as they tell.

    Source: Fieller, J. R. Stat. Soc. B 16 (1954) 175-185.
    """
    n, whole, part = len(below_C), fsum(below_C), fsum(above_C)
    value = part / whole
    if n < 2 or all(x * whole == y * part for x, y in zip(above_C, below_C, strict=True)):
        return value, None, None
    scale = t_quantile(n - 1) ** 2 / n
    x, y = part / n, whole / n
    a = y * y - scale * covariance(below_C, below_C)
    b = x * y - scale * covariance(above_C, below_C)
    c = x * x - scale * covariance(above_C, above_C)
    if a <= 0:
        return value, None, None
    root = sqrt(max(b * b - a * c, 0.0))
    return value, max((b - root) / a, 0.0), (b + root) / a


def mean_over_seeds(values_S: Sequence[Mapping[str, float]]) -> Mean:
    """Return the mean over training seeds and problems, for other seeds and other problems.

    Each of `values_S` maps a problem's id to the value of one seed's student (an
    accuracy, or a difference of two arms trained with that seed); only problems
    that all have are taken. Assumed: problems and seeds are two independent
    random draws. The variance is that of the problem means plus that of the
    seed means, which counts their interaction twice and so errs to the wide
    side, with Satterthwaite's degrees of freedom. Simulated coverage: 0.94 to
    0.98 with three or five seeds; 0.90 with two that differ much.

    Source: crossed random effects; Searle, Casella & McCulloch, Variance
    Components (1992), chapter 4; Satterthwaite, Biometrics Bulletin 2 (1946) 110-114.

    Raises:
        ValueError: fewer than two seeds (one cannot show how seeds differ: use
            `mean` or `share` and say so), or fewer than two problems in common.

    """
    if len(values_S) < 2:
        raise ValueError("one training seed shows nothing of how trainings differ")
    shared = sorted(set.intersection(*(set(values) for values in values_S)))
    by_problem = mean([[fsum(v[key] for v in values_S) / len(values_S)] for key in shared])
    by_seed = mean([[fsum(v[key] for key in shared) / len(shared)] for v in values_S])
    problems, seeds = by_problem.error**2, by_seed.error**2
    if problems + seeds == 0:
        return by_problem
    each = problems**2 / by_problem.freedom + seeds**2 / by_seed.freedom
    freedom = max(1, int((problems + seeds) ** 2 / each))
    return Mean(by_problem.value, sqrt(problems + seeds), len(shared), freedom)


@lru_cache
def t_quantile(freedom: int, p: float = 0.975) -> float:
    """Return Student's `p` quantile (above a half) for whole degrees of freedom.

    Source: Abramowitz & Stegun 26.7.3 and 26.7.4 (the distribution as a finite
    sum), inverted by Newton steps, which approach from below without overshooting.

    Raises:
        ValueError: no such distribution, or a lower quantile.

    """
    if freedom < 1 or not 0.5 < p < 1:
        raise ValueError(f"no quantile {p} above a half with {freedom} degrees of freedom")
    at, before = NormalDist().inv_cdf(p), 0.0
    scale = exp(lgamma((freedom + 1) / 2) - lgamma(freedom / 2)) / sqrt(freedom * pi)
    while at - before > _ROUNDING * at:
        density = scale * exp(-(freedom + 1) / 2 * log1p(at * at / freedom))
        before, at = at, at + (2 * p - 1 - _within(at, freedom)) / 2 / density
    return at


def _within(t: float, freedom: int) -> float:
    """Return the chance that Student's t lies between `-t` and `t`."""
    angle = atan(t / sqrt(freedom))
    sine, cosine = sin(angle), cos(angle)
    term, total = (1.0, 0.0) if freedom % 2 == 0 else (cosine, 0.0)
    for i in range(freedom % 2, freedom - 1, 2):
        total += term
        term *= cosine * cosine * (i + 1) / (i + 2)
    return sine * total if freedom % 2 == 0 else 2 / pi * (angle + sine * total)
