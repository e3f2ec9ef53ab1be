"""One outcome a problem: one arm's share (`wilson`), and two arms compared (`paired`).

Several samples of one problem are no independent outcomes: see `means` and `differences`.
"""

from collections.abc import Mapping
from math import sqrt
from statistics import NormalDist

from cotutor.records import Comparison, Estimate
from cotutor.statistics.power import smallest_difference

Z = NormalDist().inv_cdf(0.975)

Limits = tuple[float, float, float]


def wilson(successes: int, n: int, unscored: int = 0) -> Estimate:
    """Return the proportion `successes / n` with its 95 % Wilson score interval.

    The `unscored` are no part of `n`; they are passed on so that they are shown.

    Source: Wilson, J. Am. Stat. Assoc. 22 (1927) 209-212.

    Raises:
        ValueError: nothing was scored (an estimate of nothing is not 0), or the
            counts are impossible.

    """
    if n <= 0:
        raise ValueError(f"no proportion of {n} scored problems exists ({unscored} unscored)")
    if not 0 <= successes <= n or unscored < 0:
        raise ValueError(f"{successes} of {n} with {unscored} unscored are impossible counts")
    low, high = score_interval(successes / n, n)
    return Estimate(value=successes / n, low=low, high=high, n=n, unscored=unscored)


def score_interval(p: float, n: float) -> tuple[float, float]:
    """Return Wilson's limits of a share `p` of `n` outcomes; `n` may be an effective number."""
    z2 = Z * Z
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    # At the ends the limit is exactly 0 or 1; rounding would leave 1e-17.
    return 0.0 if p == 0 else middle - half, 1.0 if p == 1 else middle + half


def mcnemar(b: int, c: int) -> float:
    """Return McNemar's exact two-sided p from the two discordant counts.

    `b` problems were solved by the first arm alone, `c` by the second alone;
    under no difference each is a fair coin. Integer arithmetic up to the last
    division, so the p is right to the last bit; without discordant pairs it is 1.

    Source: McNemar, Psychometrika 12 (1947) 153-157, in its exact binomial form.

    Raises:
        ValueError: a count is negative.

    """
    if b < 0 or c < 0:
        raise ValueError(f"discordant counts cannot be negative: {b}, {c}")
    if b == c:
        return 1.0
    n, term, tail = b + c, 1, 1
    for i in range(min(b, c)):
        term = term * (n - i) // (i + 1)
        tail += term
    return 2 * tail / (1 << n)


def paired(
    a: Mapping[str, bool], b: Mapping[str, bool], *, names: tuple[str, str], task: str
) -> Comparison:
    """Compare two arms on the problems both have an outcome for: `a` minus `b`.

    `a` and `b` map a problem's id to whether the arm solved it; unscored
    problems are left out by the caller. The interval of the difference is
    Newcombe's score-based one for paired data, the p McNemar's exact one, and
    `detectable` the difference that McNemar's test would find 80 % of the time.

    Raises:
        ValueError: the arms share no problem.

    """
    shared = a.keys() & b.keys()
    if not shared:
        raise ValueError(f"{names[0]} and {names[1]} have no scored problem of {task} in common")
    n = len(shared)
    both = sum(a[key] and b[key] for key in shared)
    only_a = sum(a[key] and not b[key] for key in shared)
    only_b = sum(b[key] and not a[key] for key in shared)
    low, high = newcombe(both, only_a, only_b, n - both - only_a - only_b)
    return Comparison(
        a=names[0], b=names[1], task=task, difference=(only_a - only_b) / n,
        low=low, high=high, p=mcnemar(only_a, only_b), n=n,
        detectable=smallest_difference(n, (only_a + only_b) / n),
    )  # fmt: skip


def newcombe(both: int, only_a: int, only_b: int, neither: int) -> tuple[float, float]:
    """Return the 95 % interval of a paired difference of proportions, `a` minus `b`.

    Source: Newcombe, Statist. Med. 17 (1998) 2635-2650, method 10: two Wilson
    intervals squared and added, with a continuity-corrected correlation.
    """
    n = both + only_a + only_b + neither
    p_a, p_b = (both + only_a) / n, (both + only_b) / n
    phi = _correlation(both, only_a, only_b, neither)
    return square_and_add((p_a, *score_interval(p_a, n)), (p_b, *score_interval(p_b, n)), phi)


def unpaired(a: Estimate, b: Estimate) -> Limits:
    """Return the difference of two independent shares, `a` minus `b`, with its 95 % limits.

    Source: Newcombe, Statist. Med. 17 (1998) 873-890, method 10.
    """
    low, high = square_and_add((a.value, a.low, a.high), (b.value, b.low, b.high), 0.0)
    return a.value - b.value, low, high


def square_and_add(a: Limits, b: Limits, correlation: float) -> tuple[float, float]:
    """Return the limits of `a` minus `b`, each given as (value, low, high)."""
    below = _add(a[0] - a[1], b[2] - b[0], correlation)
    above = _add(a[2] - a[0], b[0] - b[1], correlation)
    return a[0] - b[0] - below, a[0] - b[0] + above


def _correlation(both: int, only_a: int, only_b: int, neither: int) -> float:
    """Return phi of the 2 x 2 table, shrunk by the continuity correction when positive."""
    product = (both + only_a) * (only_b + neither) * (both + only_b) * (only_a + neither)
    if product == 0:
        return 0.0
    excess: float = both * neither - only_a * only_b
    if excess > 0:
        excess = max(excess - (both + only_a + only_b + neither) / 2, 0.0)
    return excess / sqrt(product)


def _add(x: float, y: float, phi: float) -> float:
    return sqrt(max(x * x - 2 * phi * x * y + y * y, 0.0))
