"""Intervals and tests at 95 %: nobody reports a number without them.

proportions  one outcome a problem: Wilson; McNemar and Newcombe for two arms
samples      several answers a problem: pass@k and maj@k without bias
means        several values a problem, their ratios, and several training seeds
differences  several answers a problem for two arms
resampling   sign flips over problems: a p where no formula holds
power        the smallest difference a comparison could have shown
ranking      AUROC

Everywhere the problem is the unit of which there are independently many: the
samples of one problem are one cluster. An interval of shares always has a width;
where no variation was seen in other values, there is none. Nothing here rounds, and
numpy is only imported by the functions that resample.
"""

from cotutor.statistics.differences import detectable, difference, paired_samples
from cotutor.statistics.means import Mean, mean, mean_over_seeds, ratio, share, t_quantile
from cotutor.statistics.power import smallest_difference
from cotutor.statistics.proportions import mcnemar, newcombe, paired, unpaired, wilson
from cotutor.statistics.ranking import Auroc, auroc
from cotutor.statistics.resampling import sign_flips
from cotutor.statistics.samples import majority, pass_at_k

__all__ = [
    "Auroc",
    "Mean",
    "auroc",
    "detectable",
    "difference",
    "majority",
    "mcnemar",
    "mean",
    "mean_over_seeds",
    "newcombe",
    "paired",
    "paired_samples",
    "pass_at_k",
    "ratio",
    "share",
    "sign_flips",
    "smallest_difference",
    "t_quantile",
    "unpaired",
    "wilson",
]
