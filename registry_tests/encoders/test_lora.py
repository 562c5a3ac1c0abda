"""Low-rank adapters in another encoder, by the package peft."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from spanreg.encoders import Encoder
from spanreg.encoders.lora import LoraEncoder
from spanreg.model import SpanModel
from spanreg.registry import ConfigurationError

LORA_CONFIG: dict[str, Any] = {"type": "lora", "encoder": {"type": "tiny", "dim": 16, "layers": 1}, "rank": 4}

requires_peft = pytest.mark.skipif(
    importlib.util.find_spec("peft") is None, reason="peft is not installed: it comes with the extra 'lora'"
)


def make_batch(encoder: Encoder) -> dict[str, Tensor]:
    """Return two labelled sentences in which each token is a span."""
    encoded = encoder.tokenizer(["the cat sat", "a dog ran away"], padding=True, return_tensors="pt")
    mask = encoded["attention_mask"]
    return {
        "input_ids": encoded["input_ids"],
        "attention_mask": mask,
        "span_ids": torch.where(mask > 0, mask.cumsum(1) - 1, -1),
        "labels": torch.tensor([0, 1]),
    }


def test_builds_from_a_config_with_the_sizes_of_the_inner_encoder() -> None:
    encoder = Encoder.from_params(LORA_CONFIG)
    assert isinstance(encoder, LoraEncoder)
    assert (encoder.dim, encoder.max_tokens, encoder.rank) == (16, 512, 4)
    assert encoder.tokenizer is encoder.encoder.tokenizer


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(ConfigurationError) as caught:
        Encoder.from_params(LORA_CONFIG).load()
    text = "type: the encoder 'lora' needs the package 'peft', which is not installed. "
    text += "it comes with the extra 'lora': pip install 'spanreg[lora]'"
    assert str(caught.value) == text


@requires_peft
def test_only_the_adapters_are_trained() -> None:
    encoder = Encoder.from_params(LORA_CONFIG).load()
    trained = [name for name, weight in encoder.named_parameters() if weight.requires_grad]
    assert trained
    assert all("lora_" in name for name in trained)
    weights = dict(encoder.named_parameters())
    assert {len(weights[name]) for name in trained if "lora_A" in name} == {4}


@requires_peft
def test_untrained_adapters_do_not_change_the_encoder() -> None:
    torch.manual_seed(5)
    plain = Encoder.from_params(LORA_CONFIG["encoder"]).load().eval()
    torch.manual_seed(5)
    adapted = Encoder.from_params(LORA_CONFIG).load().eval()
    inputs = {name: values for name, values in make_batch(plain).items() if name in ("input_ids", "attention_mask")}
    torch.testing.assert_close(adapted(**inputs).tokens, plain(**inputs).tokens)


@requires_peft
def test_saving_and_loading_keeps_every_bit(tmp_path: Path) -> None:
    model = SpanModel.assemble(Encoder.from_params(LORA_CONFIG).load(), {"encoder": LORA_CONFIG}, ["no", "yes"])
    inputs = make_batch(model.encoder)
    model.train()(**inputs).loss.backward()
    # One step of training, so that the adapters differ from their initial values.
    with torch.no_grad():
        for weight in model.parameters():
            weight -= 0.1 * weight.grad if weight.grad is not None else 0
    model.save_pretrained(tmp_path)
    reloaded = SpanModel.from_pretrained(tmp_path)
    with torch.no_grad():
        assert torch.equal(model.eval()(**inputs).logits, reloaded.eval()(**inputs).logits)


@requires_peft
def test_unknown_target_layers_are_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"targets: no linear layer of the encoder matches \['kwery'\]"):
        Encoder.from_params({**LORA_CONFIG, "targets": ["kwery"]}).load()


def test_an_expression_without_end_stops_no_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spanreg.text.name_patterns.SECONDS", 1)
    with pytest.raises(ConfigurationError, match=r"^targets: '.*' takes more than 1 s to search \d+ names"):
        Encoder.from_params({**LORA_CONFIG, "targets": r"([\w.]|[\w.])*!"}).load()
