"""Options of encoders on a transformers model: mixed states, frozen weights, gradient checkpointing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import CONFIG_MAPPING, AutoModel, PreTrainedModel

from spanreg.encoders import Encoder
from spanreg.encoders.freezing import freeze_weights
from spanreg.encoders.tiny import TinyEncoder
from spanreg.model import SpanModel
from spanreg.registry import ConfigurationError

TEXTS = ["the cat sat on the mat", "a dog"]
LAYERS = 3
SIZES = {"hidden_size": 8, "num_hidden_layers": LAYERS, "num_attention_heads": 2, "intermediate_size": 16}
DISTILBERT_NAMES = {"hidden_size": "dim", "num_hidden_layers": "n_layers", "num_attention_heads": "n_heads"}


@pytest.fixture(scope="module")
def saved_bert(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the folder of a saved BERT with three layers."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("three-layers")
    encoder = TinyEncoder(TEXTS, layers=LAYERS).load()
    encoder.backbone.save_pretrained(path)
    encoder.tokenizer.save_pretrained(path)
    return str(path)


def load_encoder(folder: str, **options: Any) -> Any:
    """Return the encoder of a folder, without dropout."""
    return Encoder.from_params({"type": "pretrained", "model": folder, "dropout": 0.0, **options}).load()


def make_batch(encoder: Encoder) -> dict[str, torch.Tensor]:
    """Return the two sentences as a batch."""
    encoded = encoder.tokenizer(TEXTS, padding=True, return_tensors="pt")
    return {name: encoded[name] for name in ("input_ids", "attention_mask")}


def make_backbone(kind: str) -> PreTrainedModel:
    """Return a small model of a kind with three layers and random weights."""
    sizes = {
        DISTILBERT_NAMES[name] if kind == "distilbert" and name in DISTILBERT_NAMES else name: size
        for name, size in SIZES.items()
    }
    return AutoModel.from_config(CONFIG_MAPPING[kind](vocab_size=20, pad_token_id=0, **sizes))


def frozen_weights(backbone: PreTrainedModel) -> set[str]:
    """Return the names of the weights that are not trained."""
    return {name for name, weight in backbone.named_parameters() if not weight.requires_grad}


def test_the_mix_starts_as_the_mean_of_all_layers(saved_bert: str) -> None:
    encoder = load_encoder(saved_bert, states="mix", pooling="mean")
    inputs = make_batch(encoder)
    states = encoder.backbone(**inputs, output_hidden_states=True).hidden_states
    assert len(states) == LAYERS + 1
    torch.testing.assert_close(encoder(**inputs).tokens, torch.stack(states).mean(0))
    encoder.mix.weights.data = torch.tensor([0.0, 0.0, 0.0, 50.0])  # a softmax that chooses the last layer
    torch.testing.assert_close(encoder(**inputs).tokens, states[-1])


def test_the_mix_is_trained_and_saved(saved_bert: str, tmp_path: Path) -> None:
    options = {"type": "pretrained", "model": saved_bert, "states": "mix", "freeze": 1, "gradient_checkpointing": True}
    model = SpanModel.assemble(Encoder.from_params(options).load(), {"encoder": options}, ["no", "yes"])
    inputs = make_batch(model.encoder) | {"labels": torch.tensor([0, 1])}
    inputs["span_ids"] = inputs["attention_mask"].cumsum(1).where(inputs["attention_mask"] > 0, 0) - 1
    model.train()(**inputs).loss.backward()
    untouched = {name for name, weight in model.named_parameters() if weight.grad is None}
    assert untouched == {f"encoder.backbone.{name}" for name in frozen_weights(model.encoder.backbone)}
    model.encoder.mix.weights.data += torch.arange(LAYERS + 1.0)
    model.save_pretrained(tmp_path)
    reloaded = SpanModel.from_pretrained(tmp_path)
    with torch.no_grad():
        assert torch.equal(model.eval()(**inputs).logits, reloaded.eval()(**inputs).logits)


@pytest.mark.parametrize("kind", ["bert", "roberta", "distilbert", "electra", "deberta-v2", "modernbert", "mpnet"])
def test_the_first_layers_of_every_model_are_frozen(kind: str) -> None:
    backbone = make_backbone(kind)
    freeze_weights(backbone, 2)
    trained = {name for name, weight in backbone.named_parameters() if weight.requires_grad}
    # The relative positions of DeBERTa belong to its layers.
    assert not any("embeddings." in name and "rel_embeddings" not in name for name in trained), trained
    layers = {match[1] for name in trained if (match := re.search(r"\blayers?\.(\d+)\.", name))}
    assert layers == {"2"}, "layers 0 and 1 are frozen"


def test_freezing_zero_layers_freezes_the_embeddings_only(saved_bert: str) -> None:
    names = frozen_weights(load_encoder(saved_bert, freeze=0).backbone)
    assert names
    assert all(name.startswith("embeddings.") for name in names)


@pytest.mark.parametrize(
    ("freeze", "pattern"),
    [
        (r"layer\.[01]\.", r"layer\.[01]\."),
        ("word_embeddings", "word_embeddings"),
        (["LayerNorm", "bias$"], "LayerNorm|bias$"),
    ],
    ids=str,
)
def test_weights_are_frozen_by_names_or_expressions(saved_bert: str, freeze: Any, pattern: str) -> None:
    backbone = load_encoder(saved_bert, freeze=freeze).backbone
    names = [name for name, _ in backbone.named_parameters()]
    frozen = frozen_weights(backbone)
    assert frozen == {name for name in names if re.search(pattern, name)}
    assert 0 < len(frozen) < len(names)


@pytest.mark.parametrize(
    ("freeze", "message"),
    [
        (4, "freeze: 4 layers are more than the encoder's 3. give a number from 0 (embeddings alone) to 3"),
        ("layers.7", "freeze: 'layers.7' matches none of the encoder's weights. their names are like 'embeddings."),
        (["bias", "wieght"], "freeze: 'wieght' matches none of the encoder's weights."),
        ("layer.(", "freeze: 'layer.(' is not a regular expression (missing ), unterminated subpattern at position 6)"),
        (-1, "freeze: is -1. give at least 0"),
    ],
    ids=str,
)
def test_wrong_targets_are_refused(saved_bert: str, freeze: Any, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_encoder(saved_bert, freeze=freeze)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    "config", [{"freeze": r"([\w.]|[\w.])*!"}, {"freeze": ["bias", ".*.*.*.*.*.*.*.*.*.*.*.*!"]}], ids=str
)
def test_an_expression_without_end_stops_no_restored_encoder(
    saved_bert: str, config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spanreg.text.name_patterns.SECONDS", 1)
    # A saved model restores its encoder, so that a stranger's could block every command that reads it.
    encoder = Encoder.from_params({"type": "pretrained", "model": saved_bert, **config})
    with pytest.raises(ConfigurationError, match=r"^freeze: '.*' takes more than 1 s to search \d+ names"):
        encoder.restore(encoder.config)


def test_counting_shared_layers_is_refused() -> None:
    backbone = make_backbone("albert")
    with pytest.raises(ConfigurationError, match="the layers of a 'albert' encoder cannot be counted"):
        freeze_weights(backbone, 1)
    freeze_weights(backbone, "^embeddings")
    assert frozen_weights(backbone)


def test_gradient_checkpointing_changes_no_gradient(saved_bert: str) -> None:
    gradients = []
    for checkpointing in (False, True):
        encoder = load_encoder(saved_bert, gradient_checkpointing=checkpointing).train()
        flags = [getattr(module, "gradient_checkpointing", False) for module in encoder.backbone.modules()]
        assert any(flags) == checkpointing
        encoder(**make_batch(encoder)).sentence.square().sum().backward()
        gradients.append([weight.grad for weight in encoder.parameters()])
    for gradient, recomputed in zip(*gradients, strict=True):
        torch.testing.assert_close(gradient, recomputed, rtol=1e-5, atol=1e-7)
