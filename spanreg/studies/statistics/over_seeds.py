"""Tests over the seeds' scores: a run is the unit, as a researcher who trains anew would see it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

Floats = NDArray[np.float64]

FEWEST_SEEDS = 3
"Below, no test over seeds is made and nothing is called significant."

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


def detectable_difference(differences: Floats, *, power: float = 0.8, level: float = 0.05) -> float | None:
    """The smallest true difference that a paired t-test over so many seeds finds with this probability.

    Computed from the noncentral t distribution (Cohen 1988), with the standard deviation of the differences seen; None
    for fewer than three seeds.
    """
    seeds = differences.size
    if seeds < FEWEST_SEEDS:
        return None
    limit = stats.t.ppf(1 - level / 2, seeds - 1)
    # The other tail, where the difference is found with the wrong sign, is far below a thousandth at such a power.
    effect = optimize.brentq(lambda one: stats.nct.sf(limit, seeds - 1, one * np.sqrt(seeds)) - power, 0.0, 10.0)
    return float(effect * differences.std(ddof=1))


def _all_the_same(differences: Floats) -> bool:
    """Whether the differences are one number, up to the last digits of a subtraction."""
    return bool(np.ptp(differences) < 1e-12)
