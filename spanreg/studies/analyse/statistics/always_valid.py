"""Critical values that hold at any number of seeds, for studies that add seeds until a result is clear."""

from __future__ import annotations

import math
from typing import Final

# The sequence holds its level with any prior; a prior only decides after how many seeds it is narrow. 4.0 is close to
# the narrowest from 5 to 10 seeds: its critical values at 5, 7 and 10 are 5.4, 4.4 and 4.0, those of 1.0 are 8.5, 4.6
# and 3.9, those of 16.0 are 5.6, 4.8 and 4.3.
PRIOR_PER_SEED: Final = 4.0
"Prior variance of the true difference, in units of the variance over seeds."

# Close to the narrowest as well: the critical value for many examples is 3.09, that of 1.0 is 3.67, that of 80.0 3.25.
PRIOR_OF_EXAMPLES: Final = 20.0
"Prior variance of the true difference, in units of the variance of the mean that comes from the examples."


def always_valid_critical(level: float, share: float, degrees: tuple[int, int]) -> float:
    """Return the critical value of a confidence sequence; infinite for too few seeds.

    Intervals of this width, one after each added seed, all contain the true difference in a share of at least ``1 -
    level`` of studies, so a study may stop at any of them. The value comes from the e-process of the t-test with a
    normal prior on the effect (Gronau, Ly and Wagenmakers 2020; Hendriksen, de Heide and Grunwald 2021): by Ville's
    inequality (1939), it exceeds ``1 / level`` at any time with a probability of at most ``level`` if the true
    difference is 0. As in the decisive test, the values of seeds and examples are weighted by their shares of the
    variance; simulations of the weighted rule are in ``docs/explanation/statistics.md``.

    Args:
        level: probability that any interval misses the true difference.
        share: share of the variance that comes from the seeds.
        degrees: degrees of freedom of the seeds and of the examples.
    """
    # A value of infinity times a share of 0 would be NaN.
    seeds = _critical(level, degrees[0], PRIOR_PER_SEED * (degrees[0] + 1)) if share > 0 else 0.0
    examples = _critical(level, degrees[1], PRIOR_OF_EXAMPLES) if share < 1 else 0.0
    return share * seeds + (1 - share) * examples


def _critical(level: float, degrees: int, prior: float) -> float:
    """Return the t-statistic at which the Bayes factor for a difference is ``1 / level``.

    Args:
        level: probability that any interval misses the true difference.
        degrees: degrees of freedom, at least 1.
        prior: prior variance of the true difference, in units of the squared standard error.
    """
    # The Bayes factor is (1 + p)^(-1/2) ((1 + x) / (1 + x / (1 + p)))^((d + 1) / 2), with the prior p, d degrees of
    # freedom and x = t^2 / d. Set to 1 / level and solved for t; ratio is the fraction in the brackets.
    ratio = math.exp(2 / (degrees + 1) * (0.5 * math.log1p(prior) - math.log(level)))
    if ratio >= 1 + prior:  # the fraction stays below 1 + p for every t, so these seeds are too few
        return math.inf
    return math.sqrt(degrees * (ratio - 1) / (1 - ratio / (1 + prior)))
