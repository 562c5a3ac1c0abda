"""Weights of batches: the weighted mean of batch losses is the mean over all examples."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from spanreg.heads import IGNORED, Head

HEADS: dict[str, dict[str, Any]] = {
    "classification": {"num_labels": 3, "class_weights": [0.1, 3.0, 0.5]},
    "token_classification": {"num_labels": 3, "class_weights": [0.1, 3.0, 0.5]},
    "multi_label": {"num_labels": 3, "class_weights": [0.1, 3.0, 0.5]},
    "regression": {"num_labels": 1},
}


def example_labels(name: str) -> torch.Tensor:
    """Return labels of seven examples for the head; for token labels, with ignored positions."""
    generator = torch.Generator().manual_seed(0)
    if name == "token_classification":
        labels = torch.randint(0, 3, (7, 5), generator=generator)
        return labels.masked_fill(torch.rand(7, 5, generator=generator) < 0.4, IGNORED)
    if name == "multi_label":
        return torch.randint(0, 2, (7, 3), generator=generator)
    return torch.randn(7, generator=generator) if name == "regression" else torch.tensor([0, 0, 0, 0, 1, 2, 2])


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("name", HEADS)
def test_the_weighted_mean_of_batch_losses_does_not_depend_on_the_batch_size(
    name: str, weighted: bool, smoothing: float
) -> None:
    options = {key: value for key, value in HEADS[name].items() if key == "class_weights" and weighted}
    if name != "regression":
        options["label_smoothing"] = smoothing
    head = Head.from_params({"type": name, **options}, dim=4, num_labels=HEADS[name]["num_labels"]).double()
    labels = example_labels(name)
    features = torch.randn(*(labels.shape if name == "token_classification" else labels.shape[:1]), 4).double()
    whole = head(features, labels).loss.item()
    for size in (1, 2, 3):
        parts = [
            (head(part, gold).loss.item(), head.loss_weight(gold))
            for part, gold in zip(features.split(size), labels.split(size), strict=True)
        ]
        mean = sum(loss * weight for loss, weight in parts) / sum(weight for _, weight in parts)
        assert mean == pytest.approx(whole, rel=1e-6)
