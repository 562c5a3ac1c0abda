"""The token classification head: one label per token."""

from __future__ import annotations

import pytest
import torch

from spanreg.heads import IGNORED, Head
from spanreg.registry import ConfigurationError

LABELS = torch.tensor([[IGNORED, 0, 2, IGNORED], [1, 2, IGNORED, IGNORED]])


def test_the_head_builds_from_a_config() -> None:
    head = Head.from_params("token_classification", dim=4, num_labels=3)
    logits, loss = head(torch.randn(2, 5, 4))
    assert logits.shape == (2, 5, 3)
    assert loss is None
    assert head.level == "token"
    assert head.predict(logits).shape == (2, 5)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weights", [None, [1.0, 2.0, 0.5]])
def test_the_loss_equals_a_slow_loop(weights: list[float] | None, smoothing: float) -> None:
    torch.manual_seed(0)
    options = {"class_weights": weights, "label_smoothing": smoothing}
    head = Head.from_params({"type": "token_classification", **options}, dim=4, num_labels=3).double()
    features = torch.randn(2, 4, 4, dtype=torch.float64)
    logits, loss = head(features, LABELS)
    class_weights, total, divisor = weights or [1.0] * 3, 0.0, 0.0
    for row, golds in zip(logits.log_softmax(-1).tolist(), LABELS.tolist(), strict=True):
        for scores, gold in zip(row, golds, strict=True):
            if gold == IGNORED:
                continue
            divisor += class_weights[gold]
            for label, score in enumerate(scores):
                total -= class_weights[label] * (smoothing / 3 + (1 - smoothing) * (label == gold)) * score
    assert loss.item() == pytest.approx(total / divisor, abs=1e-10)


@pytest.mark.parametrize("weights", [None, [1.0, 2.0, 0.5]])
def test_a_batch_without_labelled_tokens_has_loss_0_and_no_gradient(weights: list[float] | None) -> None:
    head = Head.from_params({"type": "token_classification", "class_weights": weights}, dim=4, num_labels=3)
    features = torch.randn(2, 3, 4, requires_grad=True)
    loss = head(features, torch.full((2, 3), IGNORED)).loss
    loss.backward()
    assert loss.item() == 0
    assert not features.grad.any()


def test_the_loss_of_bfloat16_features_is_float32() -> None:
    head = Head.from_params("token_classification", dim=4, num_labels=3).bfloat16()
    assert head(torch.randn(2, 4, 4, dtype=torch.bfloat16), LABELS).loss.dtype == torch.float32


@pytest.mark.parametrize(
    ("options", "labels", "message"),
    [
        ({}, 1, "type: token classification needs at least 2 labels, the task has 1."),
        (
            {"class_weights": [1.0]},
            2,
            "class_weights: expected 2 weights, one for each label, got 1. give 2 numbers, in the order",
        ),
    ],
)
def test_invalid_options_are_rejected(options: dict[str, object], labels: int, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Head.from_params({"type": "token_classification", **options}, dim=4, num_labels=labels)
    assert str(caught.value).startswith(message)
