"""Two arms on the same problems with several samples of each: interval, p, and power.

Axes: `_P` problems, `_K` samples of one of them. The samples of a problem are one
cluster. With one sample of each all of this is `proportions.paired`.
"""

from collections.abc import Mapping, Sequence
from math import fsum, sqrt

from cotutor.records import Comparison
from cotutor.statistics.means import share
from cotutor.statistics.power import smallest_difference
from cotutor.statistics.proportions import Limits, square_and_add
from cotutor.statistics.resampling import sign_flips


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
    were scored). The interval is that of `difference`, the p that of sign flips,
    and `detectable` the mean difference that sign flips would find 80 % of the time.

    Source: paired differences by problem as in Miller 2024 (arXiv 2411.00640), section 4.

    Raises:
        ValueError: the arms share no problem.

    """
    shared = sorted(key for key in a.keys() & b.keys() if a[key] and b[key])
    if not shared:
        raise ValueError(f"{names[0]} and {names[1]} have no scored problem of {task} in common")
    a_P_K, b_P_K = [a[key] for key in shared], [b[key] for key in shared]
    value, low, high = difference(a_P_K, b_P_K)
    moved = [_mean(x) - _mean(y) for x, y in zip(a_P_K, b_P_K, strict=True)]
    return Comparison(
        a=names[0], b=names[1], task=task, difference=value, low=low, high=high,
        p=sign_flips(moved, seed=seed), n=len(shared), detectable=detectable(moved),
    )  # fmt: skip


def difference(a_P_K: Sequence[Sequence[float]], b_P_K: Sequence[Sequence[float]]) -> Limits:
    """Return the mean difference by problem of values in 0-1, with its 95 % limits.

    Newcombe's paired interval with the clustered limits of `share` for Wilson's, and
    the correlation of the problems' means. Its continuity correction is that of as many
    outcomes as there are samples. No interval has zero width, whatever was seen.

    A percentile bootstrap is too narrow with few problems, most of all with problems that an
    arm always or never solves.

    Source: Newcombe, Statist. Med. 17 (1998) 2635-2650, method 10; that the limits added
    may be others than Wilson's: Zou & Donner, Statist. Med. 27 (2008) 1693-1702.

    Raises:
        ValueError: there are no problems, or a value is outside 0-1.

    """
    means_a, means_b = [_mean(x) for x in a_P_K], [_mean(x) for x in b_P_K]
    drawn_a, drawn_b = sum(map(len, a_P_K)), sum(map(len, b_P_K))
    found_a = share([[x] for x in means_a], draws=drawn_a)
    found_b = share([[x] for x in means_b], draws=drawn_b)
    return found_a.value - found_b.value, *square_and_add(
        (found_a.value, found_a.low, found_a.high),
        (found_b.value, found_b.low, found_b.high),
        _correlation(means_a, means_b, min(drawn_a, drawn_b)),
    )


def detectable(differences_P: Sequence[float]) -> float | None:
    """Return the mean difference that sign flips would find, moves being as large as those seen.

    None where even the largest would not be found.

    Moves of one size give McNemar's test, whose power is exact. Others are taken for as
    many of one size as have the same sum of sizes and of squares, which the flips' variance is.
    """
    n = len(differences_P)
    sizes, squares = fsum(map(abs, differences_P)), fsum(d * d for d in differences_P)
    if not squares:
        return smallest_difference(n, 0.0)
    found = smallest_difference(n, min(sizes**2 / squares / n, 1.0))
    return None if found is None else found * squares / sizes


def _correlation(a_P: Sequence[float], b_P: Sequence[float], draws: int) -> float:
    """Return the correlation, shrunk by the continuity correction when positive."""
    n, a, b = len(a_P), _mean(a_P), _mean(b_P)
    product = fsum((x - a) ** 2 for x in a_P) * fsum((y - b) ** 2 for y in b_P)
    if product == 0:
        return 0.0
    together = fsum((x - a) * (y - b) for x, y in zip(a_P, b_P, strict=True))
    if together > 0:
        together = max(together - n / draws / 2, 0.0)
    return together / sqrt(product)


def _mean(values: Sequence[float]) -> float:
    return fsum(values) / len(values)
