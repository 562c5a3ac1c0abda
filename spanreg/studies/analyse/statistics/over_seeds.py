"""Tests over seeds: the examples are fixed, the runs are the sample."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from spanreg.studies.analyse.statistics.two_way import FEWEST_SEEDS, all_equal, detectable_effect

Floats = NDArray[np.float64]

FEWEST_FOR_RANKS = 6
"Least number of seeds for which Wilcoxon's test can reach 5 %."
# The smallest two-sided p of n seeds is 2 / 2^n: 0.0625 for five, 0.031 for six.


def t_test(differences: Floats) -> float | None:
    """Return the two-sided p of the paired t-test (Student 1908).

    It is None for fewer than three seeds, and if all differences are equal, since their error cannot be estimated then.
    """
    if differences.size < FEWEST_SEEDS or all_equal(differences):
        return None
    return float(stats.ttest_1samp(differences, 0.0).pvalue)


def t_interval(differences: Floats, level: float = 0.95) -> tuple[float, float] | None:
    """Return the confidence interval of the mean difference by Student's t; None for fewer than three seeds."""
    if differences.size < FEWEST_SEEDS:
        return None
    reach = stats.t.ppf((1 + level) / 2, differences.size - 1) * stats.sem(differences)
    return float(differences.mean() - reach), float(differences.mean() + reach)


def rank_test(differences: Floats) -> float | None:
    """Return the two-sided p of Wilcoxon's signed-rank test (Wilcoxon 1945).

    It is None for fewer than six seeds, and if all differences are 0.
    """
    if differences.size < FEWEST_FOR_RANKS or not differences.any():
        return None
    return float(stats.wilcoxon(differences).pvalue)


def effect_size(differences: Floats) -> float | None:
    """Return the mean difference in units of the standard deviation of the differences.

    This is Cohen's d of paired samples (Cohen 1988). It is None for one seed, and if all differences are equal.
    """
    if differences.size < 2 or all_equal(differences):
        return None
    return float(differences.mean() / differences.std(ddof=1))


def detectable_difference(differences: Floats) -> float | None:
    """Return the smallest true difference that a paired t-test over this many seeds detects with a power of 80 %.

    It is computed from the noncentral t distribution (Cohen 1988) and the standard deviation of the differences; None
    for fewer than three seeds.
    """
    if differences.size < FEWEST_SEEDS:
        return None
    return detectable_effect(differences.size - 1) * float(stats.sem(differences))
