"""``SpanModel`` with every supported architecture: a training step, saving and loading, padding, long inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import CONFIG_MAPPING, PreTrainedConfig

from spanreg.encoders.backbone import position_limit
from spanreg.model import SpanModel, SpanModelConfig

SIZES: dict[str, Any] = {
    "vocab_size": 60,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 40,
    "pad_token_id": 0,
}
ALBERT = {"embedding_size": 8}
DEBERTA = {
    "relative_attention": True,
    "position_buckets": 8,
    "pos_att_type": ["p2c", "c2p"],
    "position_biased_input": False,
    "norm_rel_ebd": "layer_norm",
    "type_vocab_size": 0,
}
MODERNBERT = {"eos_token_id": 1, "bos_token_id": 2, "cls_token_id": 2, "sep_token_id": 1, "local_attention": 4}
ARCHITECTURES: dict[str, tuple[dict[str, Any], int]] = {
    "bert": ({}, 40),
    "roberta": ({"pad_token_id": 1, "type_vocab_size": 1}, 38),
    "xlm-roberta": ({"pad_token_id": 1, "type_vocab_size": 1}, 38),
    "distilbert": ({}, 40),
    "electra": ({"embedding_size": 8}, 40),
    "albert": (ALBERT, 40),
    "mpnet": ({"pad_token_id": 1}, 38),
    "deberta-v2": (DEBERTA, 40),
    "modernbert": (MODERNBERT, 40),
}
"""Changes to ``SIZES``, and the longest sequence that the positions allow.

RoBERTa and MPNet number positions from ``pad_token_id + 1``, so that two of the 40 are lost.
"""


def backbone_config(kind: str) -> PreTrainedConfig:
    """Return the config of a small encoder of the architecture."""
    sizes = {**SIZES, **ARCHITECTURES[kind][0]}
    if kind == "distilbert":  # its config has other names for the sizes
        names = {"hidden_size": "dim", "num_hidden_layers": "n_layers", "num_attention_heads": "n_heads"}
        sizes = {names.get(name, name): value for name, value in sizes.items()}
    return CONFIG_MAPPING[kind](**sizes)


def build_model(kind: str) -> SpanModel:
    """Return a span model with random weights, whose encoder's source does not exist: the config is enough."""
    components = {
        "encoder": {"type": "pretrained", "model": "/no/such/folder", "pooling": "cls"},
        "aggregator": {"type": "hierarchical_cnn", "channels": 6},
        "fusion": {"type": "concat"},
        "head": {"type": "classification"},
    }
    torch.manual_seed(3)
    return SpanModel(SpanModelConfig(components, backbone_config(kind), label_words=["no", "yes", "maybe"]))


@pytest.fixture
def batch() -> dict[str, Tensor]:
    """Return a batch of two sentences of seven and five tokens."""
    attention_mask = torch.tensor([[1] * 7, [1] * 5 + [0] * 2])
    generator = torch.Generator().manual_seed(0)
    input_ids = torch.randint(5, 60, (2, 7), generator=generator)
    return {
        "input_ids": input_ids.masked_fill(attention_mask == 0, 0),
        "attention_mask": attention_mask,
        "span_ids": torch.tensor([[0, 1, 1, 1, 2, 3, 4], [0, 1, 2, 2, 3, -1, -1]]),
        "labels": torch.tensor([2, 0]),
    }


@pytest.mark.parametrize("with_types", [False, True], ids=["single", "pair"])
@pytest.mark.parametrize("kind", ARCHITECTURES)
def test_every_weight_has_a_gradient_after_a_step(kind: str, with_types: bool, batch: dict[str, Tensor]) -> None:
    model = build_model(kind).train()
    if with_types:
        batch["token_type_ids"] = torch.tensor([[0] * 4 + [1] * 3] * 2)
    output = model(**batch)
    assert output.logits.shape == (2, 3)
    assert output.features.shape == (2, 16 + 6)
    output.loss.backward()
    without_gradient = [
        name for name, weight in model.named_parameters() if weight.requires_grad and weight.grad is None
    ]
    assert without_gradient == []


@pytest.mark.parametrize("kind", ARCHITECTURES)
def test_a_saved_model_loads_with_equal_buffers_and_logits(kind: str, batch: dict[str, Tensor], tmp_path: Path) -> None:
    model = build_model(kind).eval()
    model.save_pretrained(tmp_path)
    loaded = SpanModel.from_pretrained(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", "model.safetensors"]
    assert not loaded.training
    before, after = dict(model.named_buffers()), dict(loaded.named_buffers())
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    with torch.no_grad():
        assert torch.equal(model(**batch).logits, loaded(**batch).logits)


@pytest.mark.parametrize("kind", ARCHITECTURES)
def test_padding_does_not_change_the_logits(kind: str, batch: dict[str, Tensor]) -> None:
    model = build_model(kind).eval()
    alone = {name: values[1:, :5] if values.dim() == 2 else values[1:] for name, values in batch.items()}
    with torch.no_grad():
        torch.testing.assert_close(model(**alone).logits, model(**batch).logits[1:], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", ARCHITECTURES)
def test_sequences_up_to_the_position_limit_are_accepted(kind: str) -> None:
    limit = ARCHITECTURES[kind][1]
    model = build_model(kind).eval()
    assert position_limit(model.encoder.backbone) == limit
    ids = torch.full((1, limit), 7)
    with torch.no_grad():
        assert model(ids, torch.ones_like(ids), torch.arange(limit)[None]).logits.isfinite().all()


@pytest.mark.filterwarnings("ignore:.(is_gradient_checkpointing|gradient_checkpointing_enable). is deprecated")
@pytest.mark.parametrize("kind", ["bert", "roberta", "distilbert", "electra", "modernbert"])
def test_gradient_checkpointing_gives_the_same_gradients(kind: str, batch: dict[str, Tensor]) -> None:
    gradients = []
    for checkpointing in (False, True):
        model = build_model(kind).train()
        if checkpointing:
            model.gradient_checkpointing_enable()
            assert model.is_gradient_checkpointing
        torch.manual_seed(0)
        model(**batch).loss.backward()
        gradients.append({name: weight.grad for name, weight in model.named_parameters()})
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], gradient, rtol=1e-5, atol=1e-6)
