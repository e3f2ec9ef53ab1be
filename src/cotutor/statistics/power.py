"""What a comparison could have shown: the difference it would find 80 % of the time.

A difference that was not significant says little where this number is large. It
rests on how many problems there are and how often the arms disagree, never on
the difference that was seen: power at the observed difference is p in disguise
(Hoenig & Heisey, Am. Stat. 55 (2001) 19-24).
"""

from functools import lru_cache
from math import sqrt
from typing import Any

POWER = 0.8
LEVEL = 0.05
_HALVINGS = 14
_NEVER = 1e-12


@lru_cache(maxsize=4096)
def smallest_difference(n: int, discordance: float) -> float | None:
    """Return the smallest difference of two arms that McNemar's exact test on `n` would find.

    `discordance` is the share of problems that one arm alone solves; for a
    difference beyond it, all discordant problems are the better arm's. The
    power is the exact one of the exact test, the difference right to 1e-4.
    None where even a difference of 1 would not be found.

    Source: Miettinen, Biometrics 24 (1968) 339-352: the power given the number of
    discordant problems, averaged over its binomial distribution.

    Raises:
        ValueError: no problems, or a discordance outside 0-1.

    """
    if n < 1 or not 0 <= discordance <= 1:
        raise ValueError(f"no power of {n} problems with discordance {discordance}")
    low, high = 0.0, 1.0
    if _power(n, 1.0, 1.0) < POWER:
        return None
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _power(n, max(discordance, middle), middle) < POWER:
            low = middle
        else:
            high = middle
    return high


def _power(n: int, discordance: float, difference: float) -> float:
    """Return the chance that the test rejects; axes: _D discordant, _B only one arm's."""
    import numpy as np

    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])
    reach = 5 * sqrt(n * discordance * (1 - discordance)) + 1
    around = n * discordance
    counts_D = np.arange(max(0, int(around - reach)), min(n, int(around + reach)) + 1)
    counts_B = np.arange(counts_D[-1] // 2 + 1)
    table = (counts_B[None, :], counts_D[:, None])
    is_rejected_D_B = 2 * np.cumsum(_binomial(*table, 0.5, logs), axis=1) <= LEVEL
    better = (1 + difference / discordance) / 2
    chance_D_B = _binomial(*table, better, logs) + _binomial(*table, 1 - better, logs)
    given_D = (chance_D_B * is_rejected_D_B).sum(axis=1)
    return float(_binomial(counts_D, np.array(n), discordance, logs) @ given_D)


def _binomial(k: Any, n: Any, p: float, logs: Any) -> Any:
    """Return the chance of `k` of `n` (arrays); `logs` are the logarithms of the factorials."""
    import numpy as np

    p = min(max(p, _NEVER), 1 - _NEVER)
    rest = np.maximum(n - k, 0)
    chance = np.exp(logs[n] - logs[k] - logs[rest] + k * np.log(p) + rest * np.log1p(-p))
    return np.where(k <= n, chance, 0.0)
