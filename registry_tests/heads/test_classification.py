"""The classification head: one label per text."""

from __future__ import annotations

import math

import pytest
import torch

from spanreg.heads import Head
from spanreg.registry import ConfigurationError


def test_classification_is_the_default_head() -> None:
    head = Head.from_params({}, dim=4, num_labels=3)
    assert type(head).__name__ == "ClassificationHead"
    assert head(torch.randn(2, 4)).logits.shape == (2, 3)


def test_loss_and_predictions_equal_a_slow_loop() -> None:
    torch.manual_seed(0)
    head = Head.from_params("classification", dim=4, num_labels=3).double()
    features, labels = torch.randn(5, 4, dtype=torch.float64), torch.tensor([0, 2, 1, 1, 0])
    logits, loss = head(features, labels)
    weight, bias = head.scorer.weight.tolist(), head.scorer.bias.tolist()
    losses = []
    for vector, label in zip(features.tolist(), labels.tolist(), strict=True):
        products = [sum(factor * value for factor, value in zip(row, vector, strict=True)) for row in weight]
        scores = [product + shift for product, shift in zip(products, bias, strict=True)]
        losses.append(math.log(sum(math.exp(score) for score in scores)) - scores[label])
    assert loss.item() == pytest.approx(sum(losses) / 5, abs=1e-12)
    assert head.predict(logits).tolist() == [row.index(max(row)) for row in logits.tolist()]


def test_the_loss_is_none_without_labels() -> None:
    assert Head.from_params("classification", dim=4, num_labels=2)(torch.randn(2, 4)).loss is None


def test_the_loss_of_bfloat16_features_is_float32() -> None:
    head = Head.from_params("classification", dim=4, num_labels=2).bfloat16()
    scored = head(torch.randn(2, 4, dtype=torch.bfloat16), torch.tensor([0, 1]))
    assert scored.logits.dtype == torch.bfloat16
    assert scored.loss.dtype == torch.float32


@pytest.mark.parametrize("num_labels", [0, 1])
def test_fewer_than_two_labels_are_rejected(num_labels: int) -> None:
    with pytest.raises(ConfigurationError, match=r"needs at least 2 labels.*use the head 'regression'"):
        Head.from_params("classification", dim=4, num_labels=num_labels)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weights", [None, [1.0, 2.0, 0.5]])
def test_weighted_and_smoothed_loss_equals_a_slow_loop(weights: list[float] | None, smoothing: float) -> None:
    torch.manual_seed(0)
    options = {"class_weights": weights, "label_smoothing": smoothing}
    head = Head.from_params({"type": "classification", **options}, dim=4, num_labels=3).double()
    features, labels = torch.randn(5, 4, dtype=torch.float64), [0, 2, 1, 1, 2]
    class_weights = weights or [1.0] * 3
    total = 0.0
    for row, gold in zip(head(features).logits.log_softmax(-1).tolist(), labels, strict=True):
        target = [smoothing / 3 + (1 - smoothing) * (label == gold) for label in range(3)]
        total -= sum(weight * share * score for weight, share, score in zip(class_weights, target, row, strict=True))
    # As in torch's cross entropy, the mean divides by the weights of the gold labels, not by the number of examples.
    expected = total / sum(class_weights[gold] for gold in labels)
    assert head(features, torch.tensor(labels)).loss.item() == pytest.approx(expected, abs=1e-10)


def test_class_weights_are_in_the_state_dict_only_if_given() -> None:
    plain = Head.from_params("classification", dim=4, num_labels=2)
    assert set(plain.state_dict()) == {"scorer.weight", "scorer.bias"}
    weighted = Head.from_params({"type": "classification", "class_weights": [1, 3]}, dim=4, num_labels=2)
    assert weighted.state_dict()["class_weights"].tolist() == [1, 3]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"class_weights": [1.0, 2.0]},
            "class_weights: expected 3 weights, one for each label, got 2. give 3 numbers, in the order",
        ),
        ({"class_weights": [1.0, 2.0, 0.0]}, "class_weights"),
        ({"label_smoothing": 1.5}, "label_smoothing: is 1.5. give a value between 0 and 1"),
    ],
)
def test_invalid_options_are_rejected(options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Head.from_params({"type": "classification", **options}, dim=4, num_labels=3)
    assert str(caught.value).startswith(message)
