"""Tests over the seeds' scores, with a run as the unit. They take the examples as given."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from spanreg.studies.analyse.statistics.two_way import FEWEST_SEEDS, detectable_effect

Floats = NDArray[np.float64]

FEWEST_FOR_RANKS = 6
"Below, Wilcoxon's test cannot reach 5 %, whatever the differences are."


def t_test(differences: Floats) -> float | None:
    """Two-sided p of Student's paired t-test; None for fewer than three seeds.

    Where all differences are the same, p is 1 for a difference of 0 and otherwise 0.
    """
    if differences.size < FEWEST_SEEDS:
        return None
    if _all_the_same(differences):
        return 1.0 if differences[0] == 0 else 0.0
    return float(stats.ttest_1samp(differences, 0.0).pvalue)


def t_interval(differences: Floats, level: float = 0.95) -> tuple[float, float] | None:
    """The interval of the mean difference by Student's t; None for fewer than three seeds."""
    if differences.size < FEWEST_SEEDS:
        return None
    reach = stats.t.ppf((1 + level) / 2, differences.size - 1) * stats.sem(differences)
    return float(differences.mean() - reach), float(differences.mean() + reach)


def rank_test(differences: Floats) -> float | None:
    """Two-sided p of Wilcoxon's signed-rank test; None for fewer than six seeds, or where all differences are 0."""
    if differences.size < FEWEST_FOR_RANKS or not differences.any():
        return None
    return float(stats.wilcoxon(differences).pvalue)


def effect_size(differences: Floats) -> float | None:
    """Mean difference in units of the differences' standard deviation (Cohen's d of paired samples).

    None for one seed, or where all differences are the same.
    """
    if differences.size < 2 or _all_the_same(differences):
        return None
    return float(differences.mean() / differences.std(ddof=1))


def detectable_difference(differences: Floats) -> float | None:
    """Return the smallest true difference that a paired t-test over as many seeds finds with a probability of 80 %.

    Computed from the noncentral t distribution (Cohen 1988), with the standard deviation of the differences seen; None
    for fewer than three seeds.
    """
    if differences.size < FEWEST_SEEDS:
        return None
    return detectable_effect(differences.size - 1) * float(stats.sem(differences))


def _all_the_same(differences: Floats) -> bool:
    """Whether the differences are one number, up to the last digits of a subtraction."""
    return bool(np.ptp(differences) < 1e-12)
