"""Sign flips over problems: a p where no formula holds.

Seeded: the same values and seed give the same p. A problem's mean moves as one,
so that its samples count as one cluster.
"""

from collections.abc import Iterator, Sequence

ROUNDS = 10_000
_AT_ONCE = 1_000_000
_ROUNDING = 1e-9


def sign_flips(differences: Sequence[float], *, seed: int = 0) -> float:
    """Return the two-sided p of a mean difference of zero, by flipping signs of problems.

    Under no difference the arms could be swapped on each problem. Exact where
    there are at most `ROUNDS` ways to flip (with differences of 1, 0 and -1 it
    is then McNemar's), else estimated from as many random ones, the observed
    one counted in, so that p is never 0.

    Source: Fisher, The Design of Experiments (1935), section 21; the estimate
    as in Phipson & Smyth, Stat. Appl. Genet. Mol. Biol. 9 (2010) 39.
    """
    import numpy as np

    moved = np.array([d for d in differences if d])
    is_exact = 2 ** len(moved) <= ROUNDS
    observed = abs(moved.sum()) - _ROUNDING
    if is_exact:
        flips = (np.arange(2 ** len(moved))[:, None] >> np.arange(len(moved))) & 1
        return float((abs((1 - 2 * flips) @ moved) >= observed).mean())
    rng = np.random.default_rng(seed)
    extreme = sum(
        int((abs((1 - 2 * rng.integers(2, size=(some, len(moved)))) @ moved) >= observed).sum())
        for some in portions(ROUNDS, len(moved))
    )
    return (1 + extreme) / (1 + ROUNDS)


def portions(rounds: int, width: int) -> Iterator[int]:
    """Split rounds of so many numbers into portions that fit into little memory."""
    most = max(1, _AT_ONCE // max(width, 1))
    for done in range(0, rounds, most):
        yield min(most, rounds - done)
