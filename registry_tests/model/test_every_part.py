"""``SpanModel`` with every registered aggregator and fusion: a training step, saving and loading."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from spanreg.aggregators import Aggregator
from spanreg.encoders.tiny import TinyEncoder
from spanreg.fusions import Fusion
from spanreg.model import SpanModel

COMPONENTS: dict[str, dict[str, Any]] = {name: {"aggregator": name} for name in Aggregator.list_available()}
COMPONENTS |= {name: {"aggregator": "hierarchical_cnn", "fusion": name} for name in Fusion.list_available()}
COMPONENTS["all options"] = {
    "aggregator": {
        "type": "hierarchical_cnn",
        "pooling": "attention",
        "depth": 2,
        "normalization": True,
        "residual": True,
        "inter_channels": 7,
    },
    "fusion": {"type": "cross_attention", "heads": 2},
    "head": {"type": "classification", "class_weights": [1.0, 2.0], "label_smoothing": 0.1},
}


def build_model(components: dict[str, Any]) -> SpanModel:
    """Return a model with random weights, for two segmentations if its aggregator weights several."""
    torch.manual_seed(0)
    layers = 1 + (components["aggregator"] == "multi_granularity")
    return SpanModel.assemble(
        TinyEncoder(dim=16, layers=1).load(), {"encoder": "tiny", **components}, ["no", "yes"], layers
    )


def inputs_for(model: SpanModel, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the batch, with its segmentation repeated if the model reads two."""
    ids = batch["span_ids"]
    return batch if model.config.span_layers == 1 else {**batch, "span_ids": torch.stack((ids, ids), 1)}


@pytest.fixture
def batch() -> dict[str, Tensor]:
    """Return a batch of two sentences of six and four tokens."""
    attention_mask = torch.tensor([[1] * 6, [1] * 4 + [0] * 2])
    return {
        "input_ids": torch.arange(7, 19).reshape(2, 6) * attention_mask,
        "attention_mask": attention_mask,
        "span_ids": torch.tensor([[0, 1, 1, 1, 2, 3], [0, 1, 1, 2, -1, -1]]),
        "labels": torch.tensor([1, 0]),
    }


@pytest.mark.parametrize("name", COMPONENTS)
def test_every_weight_has_a_gradient_after_a_step(name: str, batch: dict[str, Tensor]) -> None:
    model = build_model(COMPONENTS[name]).train()
    model(**inputs_for(model, batch)).loss.backward()
    assert [weight for weight, value in model.named_parameters() if value.grad is None] == []


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_saved_model_loads_with_equal_logits_and_loss(name: str, batch: dict[str, Tensor], tmp_path: Path) -> None:
    model = build_model(COMPONENTS[name]).eval()
    model.save_pretrained(tmp_path)
    loaded = SpanModel.from_pretrained(tmp_path)
    with torch.no_grad():
        expected, output = model(**inputs_for(model, batch)), loaded(**inputs_for(loaded, batch))
    assert torch.equal(expected.logits, output.logits)
    assert torch.equal(expected.loss, output.loss)
