"""Resampling equals scipy's where scipy has it, and a slow loop where it does not."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from spanreg.data.base import Task
from spanreg.metrics import additive_score
from spanreg.studies.analyse.statistics.resampling import bootstrap_differences, randomised_differences

TASK = Task("t", "classification", ("no", "yes"), ("accuracy", "f1", "matthews_correlation"), False)
LABELS = np.random.default_rng(0).integers(2, size=40)


def model(seed: int, quality: float) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return np.where(generator.random(LABELS.size) < quality, LABELS, 1 - LABELS)


FIRST, SECOND = [model(1, 0.9), model(2, 0.8)], [model(3, 0.7), model(4, 0.75)]


def parts(figure: str, models: list[np.ndarray]) -> np.ndarray:
    return np.stack([additive_score(TASK, figure, one, LABELS).parts for one in models])  # type: ignore[union-attr]


def value(figure: str):  # type: ignore[no-untyped-def]
    return additive_score(TASK, figure, FIRST[0], LABELS).value  # type: ignore[union-attr]


@pytest.mark.parametrize("figure", ["accuracy", "f1", "matthews_correlation"])
def test_every_resample_equals_a_slow_loop(figure: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spanreg.studies.analyse.statistics.resampling._CELLS", 40 * 7)
    given = parts(figure, FIRST), parts(figure, SECOND), value(figure)
    found = bootstrap_differences(*given, repetitions=20, generator=np.random.default_rng(5))
    generator, expected = np.random.default_rng(5), []
    for size in (7, 7, 6):
        rows = generator.integers(40, size=(size, 40))
        chosen = generator.integers(2, size=(size, 2))
        for drawn, seeds in zip(rows, chosen, strict=True):
            scores = [
                additive_score(TASK, figure, FIRST[one][drawn], LABELS[drawn]).score  # type: ignore[union-attr]
                - additive_score(TASK, figure, SECOND[one][drawn], LABELS[drawn]).score  # type: ignore[union-attr]
                for one in seeds
            ]
            expected.append(np.mean(scores))
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_every_swap_equals_a_slow_loop() -> None:
    given = parts("f1", FIRST), parts("f1", SECOND), value("f1")
    found = randomised_differences(*given, repetitions=15, generator=np.random.default_rng(5))
    expected = []
    for swapped in np.random.default_rng(5).integers(2, size=(15, 40)).astype(bool):
        pairs = [(np.where(swapped, b, a), np.where(swapped, a, b)) for a, b in zip(FIRST, SECOND, strict=True)]
        scores = [[additive_score(TASK, "f1", one, LABELS).score for one in pair] for pair in pairs]  # type: ignore[union-attr]
        expected.append(np.mean([first - second for first, second in scores]))
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_the_interval_agrees_with_scipys_bootstrap() -> None:
    right = np.stack([FIRST[0] == LABELS, SECOND[0] == LABELS]).astype(float)
    theirs = stats.bootstrap(
        (right[0], right[1]),
        lambda a, b, axis=-1: a.mean(axis) - b.mean(axis),
        paired=True,
        method="percentile",
        n_resamples=20_000,
        rng=np.random.default_rng(1),
    ).confidence_interval
    given = parts("accuracy", FIRST[:1]), parts("accuracy", SECOND[:1]), value("accuracy")
    ours = np.quantile(
        bootstrap_differences(*given, repetitions=20_000, generator=np.random.default_rng(1)), [0.025, 0.975]
    )
    np.testing.assert_allclose(ours, [theirs.low, theirs.high], atol=0.026)  # one example of forty


def test_chance_agrees_with_all_swaps() -> None:
    few = slice(0, 10)
    right = [(models[0] == LABELS)[few].astype(float) for models in (FIRST, SECOND)]
    signs = np.array(list(itertools.product([1, -1], repeat=10)))
    exact = np.mean(np.abs((signs * (right[0] - right[1])).mean(1)) >= abs((right[0] - right[1]).mean()) - 1e-12)
    first, second = (parts("accuracy", models[:1])[:, few] for models in (FIRST, SECOND))
    drawn = randomised_differences(
        first, second, value("accuracy"), repetitions=20_000, generator=np.random.default_rng(2)
    )
    observed = (right[0] - right[1]).mean()
    assert np.mean(np.abs(drawn) >= abs(observed) - 1e-12) == pytest.approx(exact, abs=0.015)


def test_the_same_generator_gives_the_same_figures() -> None:
    given = parts("f1", FIRST), parts("f1", SECOND), value("f1")
    for resample in (bootstrap_differences, randomised_differences):
        twice = [resample(*given, repetitions=50, generator=np.random.default_rng(9)) for _ in range(2)]
        np.testing.assert_array_equal(*twice)
