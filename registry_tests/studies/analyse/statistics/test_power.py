"""Power of the two-way test: equal to statsmodels over seeds, and close to simulated studies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from statsmodels.stats.power import TTestPower

from spanreg.studies.analyse.statistics.power import DifferenceVariances, examples_factor, seeds_needed, variances_of
from spanreg.studies.analyse.statistics.two_way import two_way_test


def test_the_power_over_seeds_equals_that_of_the_paired_t_test() -> None:
    differences = np.array([0.02, -0.01, 0.03, 0.01])
    found = variances_of(differences)
    assert found.count is None
    effect = 0.02 / differences.std(ddof=1)
    for seeds in (3, 5, 12, 40):
        theirs = TTestPower().power(effect, seeds, 0.05, alternative="two-sided")
        assert found.power(seeds, 0.02) == pytest.approx(theirs, abs=1e-6)
    needed = TTestPower().solve_power(effect, None, 0.05, 0.8, alternative="two-sided")
    assert seeds_needed(found, 0.02) == int(np.ceil(needed))


def test_variances_are_recovered_from_a_table() -> None:
    generator = np.random.default_rng(0)
    table = generator.normal(0, 0.5, (200, 1)) + generator.normal(0, 2, 300) + generator.normal(0, 1, (200, 300))
    found = variances_of(table)
    assert (found.seeds, found.examples, found.rest) == pytest.approx((0.25, 4.0, 1.0), rel=0.2)
    # The table has 200 * 300 = 60,000 cells.
    assert found.standard_error(200) == pytest.approx(
        np.sqrt(found.seeds / 200 + found.examples / 300 + 1 / 6e4), rel=0.01
    )


@pytest.mark.parametrize(("of_seeds", "of_examples"), [(0.05, 0.0), (0.02, 0.5), (0.1, 0.3)])
def test_simulated_studies_find_a_difference_as_often_as_predicted(of_seeds: float, of_examples: float) -> None:
    seeds, examples, difference, studies = 6, 120, 0.12, 300
    variances = DifferenceVariances(of_seeds**2, of_examples**2, 0.25, examples, 5)
    generator, found = np.random.default_rng(1), 0
    for _ in range(studies):
        table = difference + generator.normal(0, of_seeds, (seeds, 1)) + generator.normal(0, of_examples, examples)
        test = two_way_test(table + generator.normal(0, 0.5, (seeds, examples)))
        assert test is not None
        found += test.p < 0.05
    power = variances.power(seeds, difference)
    # The two-way test is conservative for few seeds, so the prediction may be a little too high.
    assert found / studies == pytest.approx(power, abs=0.1)


def test_more_seeds_cannot_replace_examples() -> None:
    limited = DifferenceVariances(0.01, 4.0, 1.0, 100, 3)
    assert seeds_needed(limited, 0.1) is None
    assert seeds_needed(limited, 1.0) is not None
    cautious, usual = seeds_needed(limited.cautious(), 1.0), seeds_needed(limited, 1.0)
    assert cautious is not None
    assert usual is not None
    assert cautious >= usual


@pytest.mark.parametrize(("power", "level"), [(0.8, 0.05), (0.95, 0.05), (0.8, 0.005), (0.95, 0.001)])
def test_the_examples_factor_is_just_enough(power: float, level: float) -> None:
    pilot = DifferenceVariances(seeds=0.0, examples=4.0, rest=0.0, count=1000, pilot=3)
    factor = examples_factor(pilot, 0.1, power=power, level=level)
    assert factor > 1
    assert seeds_needed(pilot, 0.1, power=power, level=level) is None
    for times, enough in ((0.95 * factor, False), (1.05 * factor, True)):
        grown = replace(pilot, count=round(1000 * times))
        assert (seeds_needed(grown, 0.1, power=power, level=level) is not None) == enough


def test_a_pilot_of_two_seeds_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least 3 seeds"):
        variances_of(np.zeros(2))
