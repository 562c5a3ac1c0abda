"""Plan the number of seeds: the power of the decisive test, from the variances of a pilot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from spanreg.studies.analyse.statistics.two_way import FEWEST_SEEDS, LEVEL

Floats = NDArray[np.float64]

POWER = 0.8
MOST_SEEDS = 1000
"Largest number of seeds that is looked for."

_CAUTION = 0.8
"Confidence of the upper limit of the seeds' variance."


@dataclass(frozen=True, slots=True)
class DifferenceVariances:
    """Variances of a difference between two arms: what a mean over more seeds and examples would vary by.

    ``variances_of(differences).standard_error(seeds=5)``
    """

    seeds: float
    "Variance of the seeds' effects."
    examples: float
    "Variance of the examples' effects; 0 if contributions of examples are not known."
    rest: float
    count: int | None
    "Number of examples; None if contributions of examples are not known."
    pilot: int
    "Number of seeds that the variances are estimated from."

    def standard_error(self, seeds: int) -> float:
        """Return the standard error of the mean difference over this many seeds and the same number of examples."""
        return float(np.sqrt(self._of_seeds(seeds) + self._of_examples))

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
        share = self._of_seeds(seeds) / error**2
        degrees = seeds - 1, (self.count or seeds) - 1
        limits = [float(stats.t.isf(level / 2, one)) for one in degrees]
        limit, effect = share * limits[0] + (1 - share) * limits[1], abs(difference) / error
        # The mixture of the two noncentral distributions, as the critical value is one of the two central ones.
        found = [_share_found(limit, one, effect) for one in degrees]
        return share * found[0] + (1 - share) * found[1]

    def cautious(self) -> DifferenceVariances:
        """Return the variances with an upper limit in place of the estimate of the seeds' variance.

        A pilot of few seeds estimates it badly: the limit is above the true variance in 80 % of pilots.
        """
        factor = (self.pilot - 1) / float(stats.chi2.ppf(1 - _CAUTION, self.pilot - 1))
        return DifferenceVariances(self.seeds * factor, self.examples, self.rest, self.count, self.pilot)

    @property
    def _of_examples(self) -> float:
        return self.examples / self.count if self.count else 0.0

    def _of_seeds(self, seeds: int) -> float:
        return (self.seeds + (self.rest / self.count if self.count else 0.0)) / seeds


def _share_found(limit: float, degrees: int, effect: float) -> float:
    """Return the probability that a noncentral t exceeds a limit in either direction."""
    # scipy returns NaN for large effects, which are found in all but one of 10,000 studies.
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
    if differences.ndim == 1 or differences.shape[1] < 2:
        return DifferenceVariances(float(differences.reshape(seeds, -1).mean(1).var(ddof=1)), 0.0, 0.0, None, seeds)
    examples = differences.shape[1]
    mean, rows, columns = differences.mean(), differences.mean(1), differences.mean(0)
    rest = float(np.sum((differences - rows[:, None] - columns + mean) ** 2)) / ((seeds - 1) * (examples - 1))
    of_seeds, of_examples = examples * float(rows.var(ddof=1)), seeds * float(columns.var(ddof=1))
    return DifferenceVariances(
        max(0.0, (of_seeds - rest) / examples), max(0.0, (of_examples - rest) / seeds), rest, examples, seeds
    )


def seeds_needed(
    variances: DifferenceVariances, difference: float, *, power: float = POWER, level: float = LEVEL
) -> int | None:
    """Return the smallest number of seeds that finds a true difference with a power.

    Args:
        variances: those of a pilot.
        difference: the true difference, in the unit of the score.
        power: the wanted probability of finding it.
        level: largest p-value that counts as found.

    Returns:
        The number; None if ``MOST_SEEDS`` seeds are too few, since the examples alone vary too much.
    """
    if variances.power(MOST_SEEDS, difference, level) < power:
        return None
    low, high = FEWEST_SEEDS, MOST_SEEDS
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if variances.power(middle, difference, level) >= power else (middle + 1, high)
    return low
