"""Resampling over problems: intervals where no formula holds, and p without one.

All are seeded: the same values and seed give the same numbers. A problem is
drawn with all its samples, so that these count as one cluster.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import fsum
from typing import Any, TypeVar

from cotutor.records import Comparison
from cotutor.statistics.means import mean
from cotutor.statistics.proportions import newcombe

ROUNDS = 10_000
_AT_ONCE = 1_000_000
_ROUNDING = 1e-9
_LIMITS = (0.025, 0.975)

T = TypeVar("T")


def bootstrap(
    clusters: Sequence[T],
    statistic: Callable[[Sequence[T]], float],
    *,
    rounds: int = 2_000,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the 95 % percentile bootstrap interval of any statistic of the clusters.

    Each round draws as many clusters as there are, with replacement, each with
    all that belongs to it. Too narrow for few clusters (below about 20), and of
    zero width where all are equal: prefer a formula where there is one.

    Source: Efron & Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.

    Raises:
        ValueError: fewer than two clusters.

    """
    import numpy as np

    n = len(clusters)
    if n < 2:
        raise ValueError(f"a bootstrap of {n} cluster(s) has no interval")
    rng = np.random.default_rng(seed)
    found = [statistic([clusters[i] for i in rng.integers(n, size=n)]) for _ in range(rounds)]
    low, high = np.quantile(found, _LIMITS)
    return float(low), float(high)


def paired_samples(
    a: Mapping[str, Sequence[float]],
    b: Mapping[str, Sequence[float]],
    *,
    names: tuple[str, str],
    task: str,
    seed: int = 0,
) -> Comparison:
    """Compare two arms by their mean values on the problems both have any for: `a` minus `b`.

    `a` and `b` map a problem's id to the values of its samples (0-1, as many as
    were scored). The interval is the percentile bootstrap's over problems, the
    p that of sign flips; where no problem differs, the interval is Newcombe's.

    Source: paired differences by problem as in Miller 2024 (arXiv 2411.00640), section 4.

    Raises:
        ValueError: the arms share no problem.

    """
    shared = sorted(key for key in a.keys() & b.keys() if a[key] and b[key])
    if not shared:
        raise ValueError(f"{names[0]} and {names[1]} have no scored problem of {task} in common")
    n = len(shared)
    differences = [fsum(a[key]) / len(a[key]) - fsum(b[key]) / len(b[key]) for key in shared]
    low, high = _of_mean(differences, seed) if any(differences) else newcombe(n, 0, 0, 0)
    return Comparison(
        a=names[0], b=names[1], task=task, difference=fsum(differences) / n,
        low=low, high=high, p=sign_flips(differences, seed=seed), n=n,
        detectable=mean([[d] for d in differences]).detectable if n > 1 else None,
    )  # fmt: skip


def sign_flips(differences: Sequence[float], *, rounds: int = ROUNDS, seed: int = 0) -> float:
    """Return the two-sided p of a mean difference of zero, by flipping signs of problems.

    Under no difference the arms could be swapped on each problem. Exact where
    there are at most `rounds` ways to flip (with differences of 1, 0 and -1 it
    is then McNemar's), else estimated from as many random ones, the observed
    one counted in, so that p is never 0.

    Source: Fisher, The Design of Experiments (1935), section 21; the estimate
    as in Phipson & Smyth, Stat. Appl. Genet. Mol. Biol. 9 (2010) 39.
    """
    import numpy as np

    moved = np.array([d for d in differences if d])
    is_exact = 2 ** len(moved) <= rounds
    observed = abs(moved.sum()) - _ROUNDING
    if is_exact:
        flips = (np.arange(2 ** len(moved))[:, None] >> np.arange(len(moved))) & 1
        return float((abs((1 - 2 * flips) @ moved) >= observed).mean())
    rng = np.random.default_rng(seed)
    extreme = sum(
        int((abs((1 - 2 * rng.integers(2, size=(some, len(moved)))) @ moved) >= observed).sum())
        for some in portions(rounds, len(moved))
    )
    return (1 + extreme) / (1 + rounds)


def _of_mean(values: Sequence[float], seed: int) -> tuple[float, float]:
    import numpy as np

    rng = np.random.default_rng(seed)
    drawn_from = np.array(values)
    means: list[Any] = [
        drawn_from[rng.integers(len(values), size=(some, len(values)))].mean(axis=1)
        for some in portions(ROUNDS, len(values))
    ]
    low, high = np.quantile(np.concatenate(means), _LIMITS)
    return float(low), float(high)


def portions(rounds: int, width: int) -> Iterator[int]:
    """Split rounds of so many numbers into portions that fit into little memory."""
    most = max(1, _AT_ONCE // max(width, 1))
    for done in range(0, rounds, most):
        yield min(most, rounds - done)
