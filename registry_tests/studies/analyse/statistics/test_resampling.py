"""Resampled differences: equal to slow loops, and close to scipy's bootstrap and to all permutations."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from scipy import stats

from spanreg.data.base import Task
from spanreg.metrics import additive_score
from spanreg.studies.analyse.statistics.resampling import bootstrap_differences, randomised_differences

TASK = Task("t", "classification", ("no", "yes"), ("accuracy", "f1", "matthews_correlation"), False)
LABELS = np.random.default_rng(0).integers(2, size=40)


def predictions_of(seed: int, quality: float) -> np.ndarray:
    """Return predictions of which about a share ``quality`` is correct."""
    generator = np.random.default_rng(seed)
    return np.where(generator.random(LABELS.size) < quality, LABELS, 1 - LABELS)


FIRST = [predictions_of(1, 0.9), predictions_of(2, 0.8)]
SECOND = [predictions_of(3, 0.7), predictions_of(4, 0.75)]
"Predictions of two arms under two seeds."


def parts(figure: str, runs: list[np.ndarray]) -> np.ndarray:
    """Return the summands of a score by run and example."""
    return np.stack([additive_score(TASK, figure, predictions, LABELS).parts for predictions in runs])  # type: ignore[union-attr]


def value(figure: str) -> Any:
    """Return the function from the sums of a score's summands to the score."""
    return additive_score(TASK, figure, FIRST[0], LABELS).value  # type: ignore[union-attr]


@pytest.mark.parametrize("figure", ["accuracy", "f1", "matthews_correlation"])
def test_every_bootstrap_resample_equals_a_slow_loop(figure: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Few cells at a time, so that the 20 resamples of 40 examples are drawn in blocks of 7, 7 and 6.
    monkeypatch.setattr("spanreg.studies.analyse.statistics.resampling._CELLS", 40 * 7)
    arguments = parts(figure, FIRST), parts(figure, SECOND), value(figure)
    found = bootstrap_differences(*arguments, repetitions=20, generator=np.random.default_rng(5))
    generator, expected = np.random.default_rng(5), []
    for size in (7, 7, 6):
        rows = generator.integers(40, size=(size, 40))
        chosen = generator.integers(2, size=(size, 2))
        for drawn, seeds in zip(rows, chosen, strict=True):
            scores = [
                additive_score(TASK, figure, FIRST[seed][drawn], LABELS[drawn]).score  # type: ignore[union-attr]
                - additive_score(TASK, figure, SECOND[seed][drawn], LABELS[drawn]).score  # type: ignore[union-attr]
                for seed in seeds
            ]
            expected.append(np.mean(scores))
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_every_permutation_equals_a_slow_loop() -> None:
    arguments = parts("f1", FIRST), parts("f1", SECOND), value("f1")
    found = randomised_differences(*arguments, repetitions=15, generator=np.random.default_rng(5))
    expected = []
    for swapped in np.random.default_rng(5).integers(2, size=(15, 40)).astype(bool):
        pairs = [(np.where(swapped, b, a), np.where(swapped, a, b)) for a, b in zip(FIRST, SECOND, strict=True)]
        scores = [[additive_score(TASK, "f1", predictions, LABELS).score for predictions in pair] for pair in pairs]  # type: ignore[union-attr]
        expected.append(np.mean([first - second for first, second in scores]))
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_the_bootstrap_interval_agrees_with_scipy() -> None:
    right = np.stack([FIRST[0] == LABELS, SECOND[0] == LABELS]).astype(float)
    theirs = stats.bootstrap(
        (right[0], right[1]),
        lambda a, b, axis=-1: a.mean(axis) - b.mean(axis),
        paired=True,
        method="percentile",
        n_resamples=20_000,
        rng=np.random.default_rng(1),
    ).confidence_interval
    arguments = parts("accuracy", FIRST[:1]), parts("accuracy", SECOND[:1]), value("accuracy")
    ours = np.quantile(
        bootstrap_differences(*arguments, repetitions=20_000, generator=np.random.default_rng(1)), [0.025, 0.975]
    )
    # The ends may differ by one example of forty.
    np.testing.assert_allclose(ours, [theirs.low, theirs.high], atol=0.026)


def test_the_randomisation_p_agrees_with_all_permutations() -> None:
    few = slice(0, 10)
    right = [(models[0] == LABELS)[few].astype(float) for models in (FIRST, SECOND)]
    signs = np.array(list(itertools.product([1, -1], repeat=10)))
    exact = np.mean(np.abs((signs * (right[0] - right[1])).mean(1)) >= abs((right[0] - right[1]).mean()) - 1e-12)
    first, second = (parts("accuracy", models[:1])[:, few] for models in (FIRST, SECOND))
    drawn = randomised_differences(
        first, second, value("accuracy"), repetitions=20_000, generator=np.random.default_rng(2)
    )
    observed = (right[0] - right[1]).mean()
    # Four standard errors of 20,000 drawn permutations are at most 0.0141.
    assert np.mean(np.abs(drawn) >= abs(observed) - 1e-12) == pytest.approx(exact, abs=0.015)


def test_equal_generators_give_equal_differences() -> None:
    arguments = parts("f1", FIRST), parts("f1", SECOND), value("f1")
    for resample in (bootstrap_differences, randomised_differences):
        twice = [resample(*arguments, repetitions=50, generator=np.random.default_rng(9)) for _ in range(2)]
        np.testing.assert_array_equal(*twice)
