"""The regression head: one real value per text."""

from __future__ import annotations

import pytest
import torch

from spanreg.heads import Head
from spanreg.registry import ConfigurationError


def test_the_head_builds_from_a_config() -> None:
    head = Head.from_params({"type": "regression"}, dim=4, num_labels=1)
    assert head(torch.randn(2, 4)).logits.shape == (2, 1)


def test_loss_and_predictions_equal_a_slow_loop() -> None:
    torch.manual_seed(0)
    head = Head.from_params("regression", dim=4, num_labels=1).double()
    features, labels = torch.randn(5, 4, dtype=torch.float64), torch.randn(5, dtype=torch.float64)
    logits, loss = head(features, labels.float())
    weight, bias = head.scorer.weight.tolist()[0], head.scorer.bias.item()
    values = [
        sum(factor * value for factor, value in zip(weight, vector, strict=True)) + bias for vector in features.tolist()
    ]
    errors = [(value - label) ** 2 for value, label in zip(values, labels.float().tolist(), strict=True)]
    assert loss.item() == pytest.approx(sum(errors) / 5, rel=1e-6)
    assert head.predict(logits).tolist() == pytest.approx(values, abs=1e-12)


def test_a_batch_of_one_example_gives_a_vector_and_a_scalar_loss() -> None:
    head = Head.from_params("regression", dim=4, num_labels=1)
    scored = head(torch.randn(1, 4), torch.tensor([2.5]))
    assert head.predict(scored.logits).shape == (1,)
    assert scored.loss.shape == ()


def test_integers_are_accepted_as_labels() -> None:
    assert Head.from_params("regression", dim=4, num_labels=1)(torch.zeros(2, 4), torch.tensor([1, 3])).loss > 0


def test_several_labels_are_rejected() -> None:
    with pytest.raises(ConfigurationError, match=r"predicts one real value, the task has 3 labels.*'classification'"):
        Head.from_params("regression", dim=4, num_labels=3)
