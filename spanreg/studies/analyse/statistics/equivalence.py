"""Test whether a difference is smaller than a margin, and estimate how probable that is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from spanreg.studies.analyse.statistics.two_way import LEVEL, TwoWayTest


@dataclass(frozen=True, slots=True)
class EquivalenceTest:
    """Test of a difference against a margin, in the unit of the score.

    ``equivalence(test, margin=0.005).shown``

    ``shown`` is true exactly if the 90 % interval of the decisive test is within the margin, up to the correction for
    the number of arms: both come from the decisive test's standard error and critical value.
    """

    margin: float
    "The largest difference that has no practical meaning."
    low: float
    high: float
    "Ends of the 90 % confidence interval, which two one-sided tests at 5 % correspond to."
    p: float
    "The larger p-value of the two one-sided tests (Schuirmann 1987)."
    probability_below: float
    probability_within: float
    probability_above: float
    """Posterior probabilities that the true difference is below ``-margin``, within the margin, and above ``margin``,
    under a flat prior."""
    p_adjusted: float | None = None
    "``p`` after Holm's correction over all arms."

    @property
    def shown(self) -> bool:
        """True if the difference is shown to be no larger than the margin."""
        return (self.p if self.p_adjusted is None else self.p_adjusted) < LEVEL


def equivalence(test: TwoWayTest, margin: float) -> EquivalenceTest:
    """Return the two one-sided tests of a difference (Schuirmann 1987), and the probability of practical equivalence.

    The posterior is the decisive test's distribution around the observed difference. Over seeds alone it is that of the
    Bayesian t-test, and over the folds of a cross-validation that of the correlated one (Corani and Benavoli 2015).

    Args:
        test: the decisive test of the difference.
        margin: the largest difference that has no practical meaning, above 0, in the unit of the score.
    """
    # The p-value against "the true difference is beyond this limit" is the tail of the test's distribution there.
    below, above = _share_beyond(test, -margin), _share_beyond(test, margin)
    # A posterior depends on the data alone, not on the rule by which seeds were added, so it needs the usual test.
    posterior = replace(test, always_valid=False)
    probability = _share_beyond(posterior, -margin), _share_beyond(posterior, margin)
    # Each of two one-sided tests at 5 % leaves out one end of a 90 % interval.
    reach = test.reach(2 * LEVEL)
    return EquivalenceTest(
        margin=margin,
        low=test.difference - reach,
        high=test.difference + reach,
        # Both hypotheses must be rejected, so the weaker test decides.
        p=max(below, above),
        probability_below=probability[0],
        # Rounding of the two tails can make their sum exceed 1 by a last bit.
        probability_within=max(0.0, 1.0 - sum(probability)),
        probability_above=probability[1],
    )


def _share_beyond(test: TwoWayTest, limit: float) -> float:
    """Return the share of the distribution around the observed difference that is beyond a limit, as seen from 0."""
    tail = test.tail(limit)
    # ``tail`` is the smaller part; it is the part beyond the limit unless the observed difference is there itself.
    inside = test.difference > limit if limit < 0 else test.difference < limit
    return tail if inside else 1.0 - tail
