"""AUROC: how well a score tells two groups apart, with its interval."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from math import sqrt
from typing import NamedTuple

from cotutor.statistics.proportions import Z

_HALVINGS = 60


class Auroc(NamedTuple):
    """An AUROC with its 95 % interval."""

    value: float
    low: float
    high: float


def auroc(positives: Sequence[float], negatives: Sequence[float]) -> Auroc:
    """Return the chance that a positive scores above a negative, ties counting half.

    The interval is Newcombe's: all true values that lie within 1.96 of *their*
    Hanley-McNeil standard errors of the one seen. DeLong's and Hanley and
    McNeil's own have zero width at an AUROC of 1, where a good probe stands;
    this one does not, and stays within 0-1.

    Source: Newcombe, Statist. Med. 25 (2006) 559-573, method 5; Hanley & McNeil,
    Radiology 143 (1982) 29-36 for the variance.

    Raises:
        ValueError: a group is empty.

    """
    if not positives or not negatives:
        raise ValueError(f"no AUROC of {len(positives)} against {len(negatives)} scores exists")
    value = area(positives, negatives)
    return Auroc(value, *score_limits(value, len(positives), len(negatives)))


def area(positives: Sequence[float], negatives: Sequence[float]) -> float:
    """Return the AUROC alone."""
    ordered = sorted(negatives)
    doubled = sum(bisect_left(ordered, x) + bisect_right(ordered, x) for x in positives)
    return doubled / (2 * len(positives) * len(negatives))


def score_limits(value: float, n_positive: int, n_negative: int) -> tuple[float, float]:
    """Return the 95 % limits of an AUROC seen in groups of these sizes."""

    def is_within(true: float) -> bool:
        return abs(true - value) <= Z * _error(true, n_positive, n_negative)

    return _edge(value, 0.0, is_within), _edge(value, 1.0, is_within)


def _error(true: float, n_positive: int, n_negative: int) -> float:
    """Return the standard error at a true AUROC, the groups taken as equally spread."""
    more = (n_positive + n_negative) / 2 - 1
    shape = (1 - true) / (2 - true) + true / (1 + true)
    return sqrt(true * (1 - true) * (1 + more * shape) / (n_positive * n_negative))


def _edge(inside: float, outside: float, is_within: Callable[[float], bool]) -> float:
    if is_within(outside):
        return outside
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if is_within(middle) else (inside, middle)
    return inside
