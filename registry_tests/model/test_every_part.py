"""A whole model with every registered aggregator and fusion: a step, and a round trip through a folder."""

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

PARTS: dict[str, dict[str, Any]] = {name: {"aggregator": name} for name in Aggregator.list_available()}
PARTS |= {name: {"aggregator": "hierarchical_cnn", "fusion": name} for name in Fusion.list_available()}
PARTS["all options"] = {
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


def model_of(parts: dict[str, Any]) -> SpanModel:
    torch.manual_seed(0)
    layers = 1 + (parts["aggregator"] == "multi_granularity")
    return SpanModel.assemble(TinyEncoder(dim=16, layers=1).load(), {"encoder": "tiny", **parts}, ["no", "yes"], layers)


def given_to(model: SpanModel, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the batch, with its segmentation twice if the model takes two."""
    ids = batch["span_ids"]
    return batch if model.config.span_layers == 1 else {**batch, "span_ids": torch.stack((ids, ids), 1)}


@pytest.fixture
def batch() -> dict[str, Tensor]:
    attention_mask = torch.tensor([[1] * 6, [1] * 4 + [0] * 2])
    return {
        "input_ids": torch.arange(7, 19).reshape(2, 6) * attention_mask,
        "attention_mask": attention_mask,
        "span_ids": torch.tensor([[0, 1, 1, 1, 2, 3], [0, 1, 1, 2, -1, -1]]),
        "labels": torch.tensor([1, 0]),
    }


@pytest.mark.parametrize("name", PARTS)
def test_a_step_reaches_every_weight(name: str, batch: dict[str, Tensor]) -> None:
    model = model_of(PARTS[name]).train()
    model(**given_to(model, batch)).loss.backward()
    assert [weight for weight, value in model.named_parameters() if value.grad is None] == []


@pytest.mark.parametrize("name", PARTS)
def test_a_round_trip_keeps_every_bit(name: str, batch: dict[str, Tensor], tmp_path: Path) -> None:
    model = model_of(PARTS[name]).eval()
    model.save_pretrained(tmp_path)
    again = SpanModel.from_pretrained(tmp_path)
    with torch.no_grad():
        one, other = model(**given_to(model, batch)), again(**given_to(again, batch))
    assert torch.equal(one.logits, other.logits)
    assert torch.equal(one.loss, other.loss)
