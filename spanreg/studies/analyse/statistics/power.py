"""Estimate the power of the decisive test and the number of seeds it needs, from the variances of a pilot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from spanreg.studies.analyse.statistics.two_way import FEWEST_EXAMPLES, FEWEST_SEEDS, LEVEL, POWER, mean_squares

Floats = NDArray[np.float64]

MOST_SEEDS = 1000
"Largest number of seeds that ``seeds_needed`` tries."

_CAUTION = 0.8
"Confidence of the upper limit of the seeds' variance."
# With three seeds, the limit is 4.5 times the estimate; with a confidence of 95 % it would be 19.5 times, and the plan
# useless.


@dataclass(frozen=True, slots=True)
class DifferenceVariances:
    """Components of the variance of a difference between two arms, which predict it for more seeds.

    ``variances_of(differences).standard_error(seeds=5)``
    """

    seeds: float
    "Variance of the seeds' effects; without contributions of examples, that of the differences over seeds."
    examples: float
    "Variance of the examples' effects; 0 if contributions of examples are not known."
    rest: float
    count: int | None
    "Number of examples; None if contributions of examples are not known."
    pilot: int
    "Number of seeds that the variances are estimated from."

    def standard_error(self, seeds: int) -> float:
        """Return the standard error of the mean difference over this many seeds and the same number of examples."""
        return float(np.sqrt(self.of_seeds(seeds) + self.of_examples))

    def power(self, seeds: int, difference: float, level: float = LEVEL) -> float:
        """Return the probability that the decisive test finds a true difference.

        Args:
            seeds: number of seeds, at least 3.
            difference: the true difference, in the unit of the score.
            level: largest p-value that counts as found.
        """
        error = self.standard_error(seeds)
        if error == 0:
            return 1.0
        share = self.of_seeds(seeds) / error**2
        # Without contributions of examples the share is 1, so the second number has no weight.
        degrees = seeds - 1, (self.count or seeds) - 1
        limits = [float(stats.t.isf(level / 2, one)) for one in degrees]
        limit, effect = share * limits[0] + (1 - share) * limits[1], abs(difference) / error
        # A mixture of two noncentral distributions, since the critical value is a mixture of those of two central ones.
        found = [_share_found(limit, one, effect) for one in degrees]
        return share * found[0] + (1 - share) * found[1]

    def cautious(self) -> DifferenceVariances:
        """Return the variances with an upper confidence limit in place of the estimate of the seeds' variance.

        A pilot of few seeds estimates it badly: the limit is above the true variance in 80 % of pilots. It is that of
        the chi-square distribution, which the estimate has if the effects of seeds are normal.
        """
        factor = (self.pilot - 1) / float(stats.chi2.ppf(1 - _CAUTION, self.pilot - 1))
        return DifferenceVariances(self.seeds * factor, self.examples, self.rest, self.count, self.pilot)

    @property
    def of_examples(self) -> float:
        """Part of the variance of the mean that more seeds do not reduce."""
        return self.examples / self.count if self.count else 0.0

    def of_seeds(self, seeds: int) -> float:
        """Return the part of the variance of the mean that more seeds reduce."""
        return (self.seeds + (self.rest / self.count if self.count else 0.0)) / seeds


def _share_found(limit: float, degrees: int, effect: float) -> float:
    """Return the probability that a noncentral t exceeds a limit in either direction."""
    # scipy returns NaN for some large effects. An effect of ten standard errors above the limit is always found.
    if effect > limit + 10:
        return 1.0
    return float(stats.nct.sf(limit, degrees, effect) + np.nan_to_num(stats.nct.cdf(-limit, degrees, effect)))


def variances_of(differences: Floats) -> DifferenceVariances:
    """Return the variances of a table of differences, from its two-way analysis of variance.

    Args:
        differences: contribution of each example under each seed, arm minus baseline, shape: (seeds, examples); or the
            differences of the scores, shape: (seeds,).

    Raises:
        ValueError: there are fewer than three seeds.
    """
    seeds = differences.shape[0]
    if seeds < FEWEST_SEEDS:
        raise ValueError(f"a pilot needs at least {FEWEST_SEEDS} seeds")
    if differences.ndim == 1 or differences.shape[1] < FEWEST_EXAMPLES:
        over_seeds = float(differences.reshape(seeds, -1).mean(1).var(ddof=1))
        return DifferenceVariances(over_seeds, 0.0, 0.0, None, seeds)
    examples, squares = differences.shape[1], mean_squares(differences)
    # Expected mean squares: MS_seeds = rest + examples * var(seeds), MS_examples = rest + seeds * var(examples). An
    # estimate may be negative, a variance may not.
    return DifferenceVariances(
        seeds=max(0.0, (squares.seeds - squares.rest) / examples),
        examples=max(0.0, (squares.examples - squares.rest) / seeds),
        rest=squares.rest,
        count=examples,
        pilot=seeds,
    )


def seeds_needed(
    variances: DifferenceVariances, difference: float, *, power: float = POWER, level: float = LEVEL
) -> int | None:
    """Return the smallest number of seeds that finds a true difference with a power.

    Args:
        variances: the variances of a pilot.
        difference: the true difference, in the unit of the score.
        power: the wanted probability of finding it.
        level: largest p-value that counts as found.

    Returns:
        The number; None if ``MOST_SEEDS`` seeds are too few, since the examples alone vary too much.
    """
    if variances.power(MOST_SEEDS, difference, level) < power:
        return None
    # More seeds have more power, so the smallest number is found by bisection.
    low, high = FEWEST_SEEDS, MOST_SEEDS
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if variances.power(middle, difference, level) >= power else (middle + 1, high)
    return low


def examples_factor(
    variances: DifferenceVariances, difference: float, *, power: float = POWER, level: float = LEVEL
) -> float:
    """Return by how much the number of examples has to grow before any number of seeds can be enough.

    Args:
        variances: the variances of a pilot.
        difference: the true difference, in the unit of the score.
        power: the wanted probability of finding it.
        level: largest p-value that counts as found.

    Returns:
        The factor; at most 1 if enough seeds find the difference on the examples of the pilot.
    """
    # With many seeds only the examples vary, and there are many of them, so the test is nearly a z-test. It has the
    # wanted power if the difference is this many standard errors, whose square falls as the examples grow in number.
    errors = float(stats.norm.isf(level / 2) + stats.norm.ppf(power))
    return (errors / abs(difference)) ** 2 * variances.of_examples
