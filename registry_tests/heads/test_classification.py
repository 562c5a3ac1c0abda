"""The head for one label per text."""

from __future__ import annotations

import math

import pytest
import torch

from spanreg.heads import Head
from spanreg.registry import ConfigurationError


def test_builds_from_a_config_as_the_default() -> None:
    head = Head.from_params({}, dim=4, num_labels=3)
    assert type(head).__name__ == "ClassificationHead"
    assert head(torch.randn(2, 4)).logits.shape == (2, 3)


def test_equals_a_slow_loop() -> None:
    torch.manual_seed(0)
    head = Head.from_params("classification", dim=4, num_labels=3).double()
    features, labels = torch.randn(5, 4, dtype=torch.float64), torch.tensor([0, 2, 1, 1, 0])
    logits, loss = head(features, labels)
    weight, bias = head.scorer.weight.tolist(), head.scorer.bias.tolist()
    expected = []
    for vector, label in zip(features.tolist(), labels.tolist(), strict=True):
        scores = [sum(w * x for w, x in zip(row, vector, strict=True)) + b for row, b in zip(weight, bias, strict=True)]
        expected.append(math.log(sum(math.exp(score) for score in scores)) - scores[label])
    assert loss.item() == pytest.approx(sum(expected) / 5, abs=1e-12)
    assert head.predict(logits).tolist() == [row.index(max(row)) for row in logits.tolist()]


def test_without_labels_there_is_no_loss() -> None:
    assert Head.from_params("classification", dim=4, num_labels=2)(torch.randn(2, 4)).loss is None


def test_loss_is_never_in_half_precision() -> None:
    head = Head.from_params("classification", dim=4, num_labels=2).bfloat16()
    scored = head(torch.randn(2, 4, dtype=torch.bfloat16), torch.tensor([0, 1]))
    assert scored.logits.dtype == torch.bfloat16
    assert scored.loss.dtype == torch.float32


@pytest.mark.parametrize("num_labels", [0, 1])
def test_refuses_a_task_without_a_choice(num_labels: int) -> None:
    with pytest.raises(ConfigurationError, match=r"needs at least 2 labels.*use the head 'regression'"):
        Head.from_params("classification", dim=4, num_labels=num_labels)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weights", [None, [1.0, 2.0, 0.5]])
def test_weighted_and_smoothed_loss_equals_a_slow_loop(weights: list[float] | None, smoothing: float) -> None:
    torch.manual_seed(0)
    options = {"class_weights": weights, "label_smoothing": smoothing}
    head = Head.from_params({"type": "classification", **options}, dim=4, num_labels=3).double()
    features, labels = torch.randn(5, 4, dtype=torch.float64), [0, 2, 1, 1, 2]
    counts = weights or [1.0] * 3
    total = 0.0
    for row, gold in zip(head(features).logits.log_softmax(-1).tolist(), labels, strict=True):
        target = [smoothing / 3 + (1 - smoothing) * (label == gold) for label in range(3)]
        total -= sum(count * share * score for count, share, score in zip(counts, target, row, strict=True))
    expected = total / sum(counts[gold] for gold in labels)
    assert head(features, torch.tensor(labels)).loss.item() == pytest.approx(expected, abs=1e-10)


def test_class_weights_are_saved_and_their_absence_leaves_no_trace() -> None:
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
def test_refuses_options(options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Head.from_params({"type": "classification", **options}, dim=4, num_labels=3)
    assert str(caught.value).startswith(message)
