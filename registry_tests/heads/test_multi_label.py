"""The multi-label head: any number of labels per text."""

from __future__ import annotations

import math

import pytest
import torch

from spanreg.heads import Head
from spanreg.registry import ConfigurationError


def test_the_head_builds_from_a_config() -> None:
    head = Head.from_params("multi_label", dim=4, num_labels=3)
    assert head(torch.randn(2, 4)).logits.shape == (2, 3)
    assert head(torch.randn(2, 4)).loss is None
    assert head.level == "sequence"


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("weights", [None, [1.0, 2.0, 0.5]])
def test_the_loss_equals_a_slow_loop(weights: list[float] | None, smoothing: float) -> None:
    torch.manual_seed(0)
    options = {"class_weights": weights, "label_smoothing": smoothing}
    head = Head.from_params({"type": "multi_label", **options}, dim=4, num_labels=3).double()
    features, labels = torch.randn(5, 4, dtype=torch.float64), torch.randint(2, (5, 3))
    logits, loss = head(features, labels)
    total = 0.0
    for row, gold in zip(logits.tolist(), labels.tolist(), strict=True):
        for weight, logit, label in zip(weights or [1.0] * 3, row, gold, strict=True):
            probability = 1 / (1 + math.exp(-logit))
            target = label * (1 - smoothing) + smoothing / 2
            total -= weight * target * math.log(probability) + (1 - target) * math.log(1 - probability)
    assert loss.item() == pytest.approx(total / 15, abs=1e-10)  # 5 texts with 3 labels each


def test_labels_that_reach_the_threshold_are_predicted() -> None:
    logits = torch.tensor([[-3.0, 0.0, 3.0]])
    assert Head.from_params("multi_label", dim=1, num_labels=3).predict(logits).tolist() == [[0, 1, 1]]
    high = Head.from_params({"type": "multi_label", "threshold": 0.9}, dim=1, num_labels=3)
    assert high.predict(logits).tolist() == [[0, 0, 1]]


def test_the_loss_of_bfloat16_features_is_float32() -> None:
    head = Head.from_params("multi_label", dim=4, num_labels=2).bfloat16()
    assert head(torch.randn(1, 4, dtype=torch.bfloat16), torch.tensor([[0, 1]])).loss.dtype == torch.float32


@pytest.mark.parametrize(
    ("options", "labels", "message"),
    [
        ({}, 0, "type: the task has no labels. use the head 'regression'"),
        (
            {"class_weights": [1.0]},
            2,
            "class_weights: expected 2 weights, one for each label, got 1. give 2 numbers, in the order",
        ),
        ({"threshold": 1.5}, 2, "threshold: is 1.5. give a value between 0 and 1"),
    ],
)
def test_invalid_options_are_rejected(options: dict[str, object], labels: int, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Head.from_params({"type": "multi_label", **options}, dim=4, num_labels=labels)
    assert str(caught.value).startswith(message)
