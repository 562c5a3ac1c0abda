"""Contributions of examples: exact for means, jackknife pseudo-values otherwise, and groups for any metric."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from spanreg.data.base import Task
from spanreg.metrics import additive_score, evaluate
from spanreg.studies.analyse.statistics.contributions import GROUPS, contributions, grouped_contributions

CLASSES = Task("t", "classification", ("no", "yes"), ("accuracy", "f1", "matthews_correlation"), False)
VALUES = Task("t", "regression", (), ("pearson", "spearman"), False)


def drawn(task: Task, examples: int = 40, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    if task is CLASSES:
        gold = generator.integers(2, size=examples)
        return np.where(generator.random(examples) < 0.8, gold, 1 - gold), gold
    gold = generator.normal(size=examples).round(1)
    return (gold + 0.5 * generator.normal(size=examples)).round(1), gold


def of(task: Task, figure: str, predictions: np.ndarray, gold: np.ndarray) -> np.ndarray:
    found = additive_score(task, figure, predictions, gold)
    assert found is not None
    return contributions(found.parts, found.value)


def test_of_accuracy_they_are_what_is_right() -> None:
    predictions, gold = drawn(CLASSES)
    np.testing.assert_allclose(of(CLASSES, "accuracy", predictions, gold), predictions == gold, atol=1e-12)


@pytest.mark.parametrize("figure", ["f1", "matthews_correlation", "pearson"])
def test_of_other_scores_they_are_pseudo_values(figure: str) -> None:
    task = VALUES if figure == "pearson" else CLASSES
    predictions, gold = drawn(task)
    whole = evaluate(task, predictions, gold)[figure]
    left_out = [evaluate(task, np.delete(predictions, i), np.delete(gold, i))[figure] for i in range(40)]
    expected = 40 * whole - 39 * np.array(left_out)
    found = of(task, figure, predictions, gold)
    assert found.mean() == pytest.approx(whole)
    np.testing.assert_allclose(found - found.mean(), expected - expected.mean(), atol=1e-9)


def test_of_spearman_they_follow_the_ranks_of_the_others() -> None:
    predictions, gold = drawn(VALUES, 60)
    left_out = [spearmanr(np.delete(predictions, i), np.delete(gold, i)).statistic for i in range(60)]
    found = of(VALUES, "spearman", predictions, gold)
    assert found.mean() == pytest.approx(spearmanr(predictions, gold).statistic)
    assert np.corrcoef(found, -np.array(left_out))[0, 1] > 0.999
    assert found.std() == pytest.approx(59 * np.std(left_out), rel=0.03)


def test_groups_have_the_error_of_single_examples() -> None:
    predictions, gold = drawn(CLASSES, 2000)
    single = of(CLASSES, "f1", predictions, gold)
    groups = grouped_contributions(2000, lambda rows: evaluate(CLASSES, predictions[rows], gold[rows])["f1"])
    assert groups.shape == (GROUPS,)
    assert groups.mean() == pytest.approx(single.mean())
    assert groups.std() / np.sqrt(GROUPS) == pytest.approx(single.std() / np.sqrt(2000), rel=0.3)


def test_of_few_examples_each_is_a_group() -> None:
    predictions, gold = drawn(CLASSES, 9)
    groups = grouped_contributions(9, lambda rows: float((predictions == gold)[rows].mean()))
    np.testing.assert_allclose(np.sort(groups), np.sort((predictions == gold).astype(float)), atol=1e-12)
