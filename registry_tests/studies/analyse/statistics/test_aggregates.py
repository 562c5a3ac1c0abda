"""Aggregates over tasks: equal to the figures of rliable 1.2.0 on the same runs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from spanreg.studies.analyse.statistics.over_tasks.aggregates import improvement_probability, interquartile_mean

_GENERATOR = np.random.default_rng(7)
ARM = np.round(_GENERATOR.uniform(0.5, 0.9, (5, 4)), 3)
BASELINE = np.round(ARM - _GENERATOR.uniform(-0.05, 0.15, (5, 4)), 3)
"Scores of five runs on four tasks, shape: (runs, tasks), as for rliable."


def test_the_interquartile_mean_equals_that_of_rliable() -> None:
    found = interquartile_mean(list(ARM.T))
    assert found.value == pytest.approx(0.7354, abs=1e-9)
    assert found.value == pytest.approx(stats.trim_mean(ARM, 0.25, axis=None))
    # rliable.library.get_interval_estimates with 20,000 repetitions: 0.6677 to 0.7971
    assert (found.low, found.high) == pytest.approx((0.6677, 0.7971), abs=0.004)
    assert interquartile_mean(list(BASELINE.T)).value == pytest.approx(0.6933, abs=1e-9)


def test_the_probability_of_improvement_equals_that_of_rliable() -> None:
    found = improvement_probability(list(ARM.T), list(BASELINE.T))
    assert found.value == pytest.approx(0.525, abs=1e-9)
    # rliable with 5,000 repetitions: 0.335 to 0.72
    assert (found.low, found.high) == pytest.approx((0.335, 0.72), abs=0.02)
    by_task = [stats.mannwhitneyu(ARM[:, task], BASELINE[:, task]).statistic / 25 for task in range(4)]
    assert found.value == pytest.approx(np.mean(by_task))


def test_tasks_may_have_different_numbers_of_runs() -> None:
    arm, baseline = [np.array([0.9, 0.8]), np.array([0.7, 0.6, 0.5])], [np.array([0.1]), np.array([0.7, 0.65])]
    # Task 1: both runs exceed the only run of the baseline. Task 2: of six pairs, only (0.7, 0.65) is better, and
    # (0.7, 0.7) is a tie, which counts half.
    assert improvement_probability(arm, baseline).value == pytest.approx((1 + 1.5 / 6) / 2)
    # Of the five scores, the smallest and the largest are outside the middle half.
    assert interquartile_mean(arm).value == pytest.approx(np.mean([0.6, 0.7, 0.8]))
