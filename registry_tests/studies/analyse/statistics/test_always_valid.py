"""Confidence sequences: the Bayes factor that they come from, and false alarms of studies that add seeds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from spanreg.studies.analyse.statistics.always_valid import PRIOR_PER_SEED, always_valid_critical
from spanreg.studies.analyse.statistics.equivalence import equivalence
from spanreg.studies.analyse.statistics.two_way import TwoWayTest, always_valid_test, seeds_test, two_way_test


def sequential(table: np.ndarray) -> TwoWayTest | None:
    test = two_way_test(table)
    return test and always_valid_test(test)


def decided_after(table: np.ndarray, first: int = 3) -> int | None:
    """Return the number of seeds at which a study would stop with a star; None if it never does."""
    for seeds in range(first, len(table) + 1):
        test = sequential(table[:seeds])
        if test is not None and not test.low <= 0 <= test.high:
            return seeds
    return None


@pytest.mark.parametrize("seeds", [5, 8, 20])
def test_at_the_critical_value_the_bayes_factor_is_one_to_the_level(seeds: int) -> None:
    limit = always_valid_critical(0.05, 1.0, (seeds - 1, seeds - 1))
    effect = limit / np.sqrt(seeds)

    def likelihood(prior: float) -> float:
        """Density of the t-statistic with a normal prior on the effect, by numerical integration."""
        return float(
            integrate.quad(
                lambda one: stats.nct.pdf(limit, seeds - 1, one * np.sqrt(seeds)) * stats.norm.pdf(one, 0, prior),
                effect - 8,
                effect + 8,
                limit=200,
                points=[0, effect],
            )[0]
        )

    factor = likelihood(np.sqrt(PRIOR_PER_SEED)) / stats.t.pdf(limit, seeds - 1)
    assert factor == pytest.approx(20, rel=0.01)


def test_it_needs_more_seeds_and_shrinks() -> None:
    limits = [always_valid_critical(0.05, 1.0, (seeds - 1, 99)) for seeds in (3, 4, 6, 10, 20)]
    assert limits[0] == np.inf
    assert limits == sorted(limits, reverse=True)
    fixed = [stats.t.ppf(0.975, seeds - 1) for seeds in (4, 6, 10, 20)]
    assert all(one > other for one, other in zip(limits[1:], fixed, strict=True))


@settings(max_examples=60)
@given(
    seeds=st.integers(3, 12), shift=st.floats(-3, 3), spread=st.sampled_from([0.0, 0.3, 3.0]), seed=st.integers(0, 999)
)
def test_p_and_interval_agree(seeds: int, shift: float, spread: float, seed: int) -> None:
    generator = np.random.default_rng(seed)
    found = sequential(shift + generator.normal(0, spread, (seeds, 1)) + generator.normal(0, 1, (seeds, 30)))
    if found is not None:
        assert (found.p < 0.05) == (not found.low <= 0 <= found.high)
        assert 0 <= found.p <= 1


def test_a_margin_is_decided_by_the_same_sequence() -> None:
    generator = np.random.default_rng(0)
    test = seeds_test(generator.normal(0, 0.001, 12))
    assert test is not None
    valid = always_valid_test(test)
    assert valid is not None
    found = equivalence(valid, 0.005)
    assert found.shown
    assert found.p > equivalence(test, 0.005).p
    assert found.probability_within == equivalence(test, 0.005).probability_within, "a posterior does not change"


WORLDS = [(1.0, 0.0, 0.1), (0.3, 3.0, 5.0), (0.0, 1.0, 1.0), (0.2, 2.0, 2.0)]
"Standard deviations of seeds, examples and the rest."


def false_alarms(world: tuple[float, float, float], studies: int, seed: int = 0) -> float:
    generator, alarms = np.random.default_rng(seed), 0
    of_seeds, of_examples, rest = world
    for _ in range(studies):
        table = generator.normal(0, of_seeds, (20, 1)) + generator.normal(0, of_examples, 60)
        alarms += decided_after(table + generator.normal(0, rest, (20, 60))) is not None
    return alarms / studies


@pytest.mark.parametrize("world", WORLDS)
def test_adding_up_to_20_seeds_finds_nothing_where_nothing_is(world: tuple[float, float, float]) -> None:
    """``make simulate`` does so with 4,000 studies each."""
    assert false_alarms(world, 120) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 120)


def test_a_real_difference_stops_early() -> None:
    generator = np.random.default_rng(1)
    stops = [decided_after(2.0 + generator.normal(0, 1, (20, 1)) + generator.normal(0, 1, (20, 60))) for _ in range(30)]
    assert sum(stop is not None for stop in stops) >= 29
    assert np.median([stop for stop in stops if stop is not None]) <= 10
