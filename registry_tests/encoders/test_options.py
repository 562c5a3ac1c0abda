"""Options of the encoders on a transformers model: states, frozen weights, gradient checkpointing."""

from __future__ import annotations

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
NAMES = {"hidden_size": "dim", "num_hidden_layers": "n_layers", "num_attention_heads": "n_heads"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the folder of a saved BERT with three layers."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("three-layers")
    encoder = TinyEncoder(TEXTS, layers=LAYERS).load()
    encoder.backbone.save_pretrained(path)
    encoder.tokenizer.save_pretrained(path)
    return str(path)


def loaded(folder: str, **options: Any) -> Any:
    return Encoder.from_params({"type": "pretrained", "model": folder, "dropout": 0.0, **options}).load()


def batch(encoder: Encoder) -> dict[str, torch.Tensor]:
    encoded = encoder.tokenizer(TEXTS, padding=True, return_tensors="pt")
    return {name: encoded[name] for name in ("input_ids", "attention_mask")}


def backbone_of(kind: str) -> PreTrainedModel:
    sizes = {NAMES[name] if kind == "distilbert" and name in NAMES else name: size for name, size in SIZES.items()}
    return AutoModel.from_config(CONFIG_MAPPING[kind](vocab_size=20, pad_token_id=0, **sizes))


def frozen(backbone: PreTrainedModel) -> set[str]:
    return {name for name, weight in backbone.named_parameters() if not weight.requires_grad}


def test_the_mix_starts_as_the_mean_of_all_layers(folder: str) -> None:
    encoder = loaded(folder, states="mix", pooling="mean")
    inputs = batch(encoder)
    states = encoder.backbone(**inputs, output_hidden_states=True).hidden_states
    assert len(states) == LAYERS + 1
    torch.testing.assert_close(encoder(**inputs).tokens, torch.stack(states).mean(0))
    encoder.mix.weights.data = torch.tensor([0.0, 0.0, 0.0, 50.0])
    torch.testing.assert_close(encoder(**inputs).tokens, states[-1])


def test_the_mix_is_trained_and_saved(folder: str, tmp_path: Path) -> None:
    options = {"type": "pretrained", "model": folder, "states": "mix", "freeze": 1, "gradient_checkpointing": True}
    model = SpanModel.assemble(Encoder.from_params(options).load(), {"encoder": options}, ["no", "yes"])
    inputs = batch(model.encoder) | {"labels": torch.tensor([0, 1])}
    inputs["span_ids"] = inputs["attention_mask"].cumsum(1).where(inputs["attention_mask"] > 0, 0) - 1
    model.train()(**inputs).loss.backward()
    untouched = {name for name, weight in model.named_parameters() if weight.grad is None}
    assert untouched == {f"encoder.backbone.{name}" for name in frozen(model.encoder.backbone)}
    model.encoder.mix.weights.data += torch.arange(LAYERS + 1.0)
    model.save_pretrained(tmp_path)
    again = SpanModel.from_pretrained(tmp_path)
    with torch.no_grad():
        assert torch.equal(model.eval()(**inputs).logits, again.eval()(**inputs).logits)


@pytest.mark.parametrize("kind", ["bert", "roberta", "distilbert", "electra", "deberta-v2", "modernbert", "mpnet"])
def test_counts_layers(kind: str) -> None:
    backbone = backbone_of(kind)
    freeze_weights(backbone, 2)
    kept = {name for name, weight in backbone.named_parameters() if weight.requires_grad}
    assert not any("embeddings." in name and "rel_embeddings" not in name for name in kept), kept
    numbers = {part for name in kept for part in name.split(".") if part.isdigit()}
    assert "2" in numbers
    assert not {"0", "1"} & {name.split("layer")[-1].split(".")[1] for name in kept if "layer" in name.split(".")}


def test_zero_freezes_the_embeddings_alone(folder: str) -> None:
    names = frozen(loaded(folder, freeze=0).backbone)
    assert names
    assert all(name.startswith("embeddings.") for name in names)


@pytest.mark.parametrize(
    ("freeze", "part"),
    [(r"layer\.[01]\.", "layer"), ("word_embeddings", "word_embeddings"), (["LayerNorm", "bias$"], "")],
    ids=str,
)
def test_targets_may_be_names_or_expressions(folder: str, freeze: Any, part: str) -> None:
    backbone = loaded(folder, freeze=freeze).backbone
    names = frozen(backbone)
    assert names
    assert all(part in name for name in names)
    assert len(names) < len(list(backbone.parameters()))


@pytest.mark.parametrize(
    ("freeze", "message"),
    [
        (4, "freeze: 4 layers are more than the encoder's 3. give a number from 0 (embeddings alone) to 3"),
        ("layers.7", "freeze: 'layers.7' matches none of the encoder's weights. their names are like 'embeddings."),
        (["bias", "wieght"], "freeze: 'wieght' matches none of the encoder's weights."),
        ("layer.(", "freeze: 'layer.(' is not a regular expression (missing ), unterminated subpattern at position 6)"),
        (-1, "freeze: "),
    ],
    ids=str,
)
def test_refuses(folder: str, freeze: Any, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        loaded(folder, freeze=freeze)
    assert str(caught.value).startswith(message)


def test_shared_layers_cannot_be_counted() -> None:
    backbone = backbone_of("albert")
    with pytest.raises(ConfigurationError, match="the layers of a 'albert' encoder cannot be counted"):
        freeze_weights(backbone, 1)
    freeze_weights(backbone, "^embeddings")
    assert frozen(backbone)


def test_gradient_checkpointing_changes_no_gradient(folder: str) -> None:
    gradients = []
    for checkpointing in (False, True):
        encoder = loaded(folder, gradient_checkpointing=checkpointing).train()
        again = [getattr(module, "gradient_checkpointing", False) for module in encoder.backbone.modules()]
        assert any(again) == checkpointing
        encoder(**batch(encoder)).sentence.square().sum().backward()
        gradients.append([weight.grad for weight in encoder.parameters()])
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-7)
