"""Contributions of examples to a score: exact for means, jackknife pseudo-values otherwise, groups for any metric."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from spanreg.data.base import Task
from spanreg.metrics import additive_score, evaluate
from spanreg.studies.analyse.statistics.contributions import GROUPS, contributions, grouped_contributions

CLASSES = Task("t", "classification", ("no", "yes"), ("accuracy", "f1", "matthews_correlation"), False)
VALUES = Task("t", "regression", (), ("pearson", "spearman"), False)


def random_predictions(task: Task, examples: int = 40, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return predictions and gold labels of a task."""
    generator = np.random.default_rng(seed)
    if task is CLASSES:
        gold = generator.integers(2, size=examples)
        return np.where(generator.random(examples) < 0.8, gold, 1 - gold), gold
    gold = generator.normal(size=examples).round(1)
    return (gold + 0.5 * generator.normal(size=examples)).round(1), gold


def contributions_to(task: Task, figure: str, predictions: np.ndarray, gold: np.ndarray) -> np.ndarray:
    """Return the contribution of each example to a score."""
    found = additive_score(task, figure, predictions, gold)
    assert found is not None
    return contributions(found.parts, found.value)


def test_contributions_to_accuracy_are_the_correct_predictions() -> None:
    predictions, gold = random_predictions(CLASSES)
    np.testing.assert_allclose(
        contributions_to(CLASSES, "accuracy", predictions, gold), predictions == gold, atol=1e-12
    )


@pytest.mark.parametrize("figure", ["f1", "matthews_correlation", "pearson"])
def test_contributions_to_other_scores_are_pseudo_values(figure: str) -> None:
    task = VALUES if figure == "pearson" else CLASSES
    predictions, gold = random_predictions(task)
    whole = evaluate(task, predictions, gold)[figure]
    left_out = [evaluate(task, np.delete(predictions, i), np.delete(gold, i))[figure] for i in range(40)]
    # The jackknife pseudo-value of example i is n * score - (n - 1) * score without i.
    expected = 40 * whole - 39 * np.array(left_out)
    found = contributions_to(task, figure, predictions, gold)
    assert found.mean() == pytest.approx(whole)
    np.testing.assert_allclose(found - found.mean(), expected - expected.mean(), atol=1e-9)


def test_contributions_to_spearman_keep_the_ranks_of_all_examples() -> None:
    predictions, gold = random_predictions(VALUES, 60)
    left_out = [spearmanr(np.delete(predictions, i), np.delete(gold, i)).statistic for i in range(60)]
    found = contributions_to(VALUES, "spearman", predictions, gold)
    assert found.mean() == pytest.approx(spearmanr(predictions, gold).statistic)
    assert np.corrcoef(found, -np.array(left_out))[0, 1] > 0.999
    assert found.std() == pytest.approx(59 * np.std(left_out), rel=0.03)


def test_groups_have_the_standard_error_of_single_examples() -> None:
    predictions, gold = random_predictions(CLASSES, 2000)
    single = contributions_to(CLASSES, "f1", predictions, gold)
    groups = grouped_contributions(2000, lambda rows: evaluate(CLASSES, predictions[rows], gold[rows])["f1"])
    assert groups.shape == (GROUPS,)
    assert groups.mean() == pytest.approx(single.mean())
    # Three standard deviations of a standard deviation of 50 groups are 3 / sqrt(2 * 49), 30 %.
    assert groups.std() / np.sqrt(GROUPS) == pytest.approx(single.std() / np.sqrt(2000), rel=0.3)


def test_each_of_few_examples_is_a_group() -> None:
    predictions, gold = random_predictions(CLASSES, 9)
    groups = grouped_contributions(9, lambda rows: float((predictions == gold)[rows].mean()))
    np.testing.assert_allclose(np.sort(groups), np.sort((predictions == gold).astype(float)), atol=1e-12)
