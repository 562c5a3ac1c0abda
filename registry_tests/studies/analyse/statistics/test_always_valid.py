"""Confidence sequences: the Bayes factor behind them, and the false alarms of studies that add seeds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from spanreg.studies.analyse.statistics.always_valid import PRIOR_PER_SEED, always_valid_critical
from spanreg.studies.analyse.statistics.equivalence import equivalence
from spanreg.studies.analyse.statistics.two_way import TwoWayTest, always_valid_test, seeds_test, two_way_test


def sequential_test(table: np.ndarray) -> TwoWayTest | None:
    """Return the test of a table of differences that holds at any number of seeds."""
    test = two_way_test(table)
    return test and always_valid_test(test)


def seeds_until_significant(table: np.ndarray, first: int = 3) -> int | None:
    """Return the number of seeds at which a study would stop with a significant difference; None if it never does."""
    for seeds in range(first, len(table) + 1):
        test = sequential_test(table[:seeds])
        if test is not None and not test.low <= 0 <= test.high:
            return seeds
    return None


@pytest.mark.parametrize("seeds", [5, 8, 20])
def test_the_bayes_factor_at_the_critical_value_is_twenty(seeds: int) -> None:
    limit = always_valid_critical(0.05, 1.0, (seeds - 1, seeds - 1))
    effect = limit / np.sqrt(seeds)

    def likelihood(prior: float) -> float:
        """Density of the t-statistic with a normal prior on the effect, by numerical integration."""
        return float(
            integrate.quad(
                lambda size: stats.nct.pdf(limit, seeds - 1, size * np.sqrt(seeds)) * stats.norm.pdf(size, 0, prior),
                effect - 8,
                effect + 8,
                limit=200,
                points=[0, effect],
            )[0]
        )

    factor = likelihood(np.sqrt(PRIOR_PER_SEED)) / stats.t.pdf(limit, seeds - 1)
    # One divided by the level of 0.05.
    assert factor == pytest.approx(20, rel=0.01)


def test_critical_values_shrink_with_seeds_and_exceed_those_of_a_single_test() -> None:
    limits = [always_valid_critical(0.05, 1.0, (seeds - 1, 99)) for seeds in (3, 4, 6, 10, 20)]
    assert limits[0] == np.inf, "no difference is significant with three seeds"
    assert limits == sorted(limits, reverse=True)
    single_test = [stats.t.ppf(0.975, seeds - 1) for seeds in (4, 6, 10, 20)]
    assert all(limit > single for limit, single in zip(limits[1:], single_test, strict=True))


@settings(max_examples=60)
@given(
    seeds=st.integers(3, 12), shift=st.floats(-3, 3), spread=st.sampled_from([0.0, 0.3, 3.0]), seed=st.integers(0, 999)
)
def test_p_is_below_five_percent_exactly_if_the_interval_excludes_zero(
    seeds: int, shift: float, spread: float, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    found = sequential_test(shift + generator.normal(0, spread, (seeds, 1)) + generator.normal(0, 1, (seeds, 30)))
    if found is not None:
        assert (found.p < 0.05) == (not found.low <= 0 <= found.high)
        assert 0 <= found.p <= 1


def test_equivalence_is_tested_by_the_same_sequence() -> None:
    generator = np.random.default_rng(0)
    test = seeds_test(generator.normal(0, 0.001, 12))
    assert test is not None
    valid = always_valid_test(test)
    assert valid is not None
    found = equivalence(valid, 0.005)
    assert found.shown
    assert found.p > equivalence(test, 0.005).p
    assert found.probability_within == equivalence(test, 0.005).probability_within, (
        "the posterior does not depend on when a study stops"
    )


VARIATIONS = [(1.0, 0.0, 0.1), (0.3, 3.0, 5.0), (0.0, 1.0, 1.0), (0.2, 2.0, 2.0)]
"Standard deviations between seeds, between examples and of the rest."


def false_alarm_rate(variation: tuple[float, float, float], studies: int, seed: int = 0) -> float:
    """Return the share of studies without a difference that find one while they add up to 20 seeds."""
    generator, alarms = np.random.default_rng(seed), 0
    of_seeds, of_examples, rest = variation
    for _ in range(studies):
        table = generator.normal(0, of_seeds, (20, 1)) + generator.normal(0, of_examples, 60)
        alarms += seeds_until_significant(table + generator.normal(0, rest, (20, 60))) is not None
    return alarms / studies


@pytest.mark.parametrize("variation", VARIATIONS)
def test_adding_up_to_20_seeds_has_at_most_five_percent_false_alarms(variation: tuple[float, float, float]) -> None:
    """``make simulate`` repeats this with 4,000 studies each; here, three standard deviations of 120 are allowed."""
    assert false_alarm_rate(variation, 120) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 120)


def test_a_study_with_a_large_difference_stops_early() -> None:
    generator = np.random.default_rng(1)
    stops = [
        seeds_until_significant(2.0 + generator.normal(0, 1, (20, 1)) + generator.normal(0, 1, (20, 60)))
        for _ in range(30)
    ]
    assert sum(stop is not None for stop in stops) >= 29
    assert np.median([stop for stop in stops if stop is not None]) <= 10
