"""Several answers to one problem: what k of them would reach, without bias.

Both functions average over all ways to draw k of the n samples there are, by
counting and in integers: nothing is sampled, and k = n is the plain case.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from fractions import Fraction
from math import comb


def pass_at_k(n: int, c: int, k: int) -> float:
    """Return the chance that at least one of `k` samples is right, when `c` of `n` are.

    1 - C(n - c, k) / C(n, k).

    Source: Chen et al. 2021 (arXiv 2107.03374), equation 1.

    Raises:
        ValueError: not 1 <= k <= n or not 0 <= c <= n.

    """
    if not (1 <= k <= n and 0 <= c <= n):
        raise ValueError(f"pass@{k} of {c} right among {n} samples does not exist")
    return float(1 - Fraction(comb(n - c, k), comb(n, k)))


def majority(answers: Sequence[str | None], right: Collection[str], k: int | None = None) -> float:
    """Return maj@k: the chance that the plurality answer of `k` samples is right.

    `answers` are compared as they stand: the same answer written otherwise must
    have been given one name. None stands where nothing could be read; `right` are
    the right ones. The commonest answer wins, a tie is drawn among the tied with
    equal chances, an unreadable sample votes for nothing, and where nothing can be
    read nothing is right. `k` defaults to all samples.

    Source: Wang et al. 2022 (arXiv 2203.11171) for the vote; the mean over all
    C(n, k) draws, ties included, is counted by generating functions.

    Raises:
        ValueError: not 1 <= k <= the number of samples.

    """
    k = len(answers) if k is None else k
    if not 1 <= k <= len(answers):
        raise ValueError(f"maj@{k} of {len(answers)} samples does not exist")
    votes = Counter(answer for answer in answers if answer is not None)
    silent = len(answers) - votes.total()
    won = Fraction(0)
    for answer in right:
        others = [count for other, count in votes.items() if other != answer]
        for top in range(1, min(votes[answer], k) + 1):
            chances = _draws(others, silent, top, k - top)
            ways = sum((Fraction(n, 1 + tied) for tied, n in chances.items()), Fraction(0))
            won += comb(votes[answer], top) * ways
    return float(won / comb(len(answers), k))


def _draws(counts: Sequence[int], silent: int, top: int, size: int) -> dict[int, int]:
    """Count the draws of `size` in which no answer has more than `top` votes, by ties at `top`.

    `counts` are the samples of each answer; the `silent` samples vote for nothing.
    """
    ways = {(drawn, 0): comb(silent, drawn) for drawn in range(min(silent, size) + 1)}
    for count in counts:
        longer: dict[tuple[int, int], int] = defaultdict(int)
        for (drawn, tied), n in ways.items():
            for more in range(min(count, top, size - drawn) + 1):
                longer[drawn + more, tied + (more == top)] += n * comb(count, more)
        ways = longer
    return {tied: n for (drawn, tied), n in ways.items() if drawn == size}
