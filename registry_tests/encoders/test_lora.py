"""Low-rank adapters in another encoder."""

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

TINY: dict[str, Any] = {"type": "lora", "encoder": {"type": "tiny", "dim": 16, "layers": 1}, "rank": 4}

needs_peft = pytest.mark.skipif(
    importlib.util.find_spec("peft") is None, reason="peft is not installed: it comes with the extra 'lora'"
)


def batch(encoder: Encoder) -> dict[str, Tensor]:
    encoded = encoder.tokenizer(["the cat sat", "a dog ran away"], padding=True, return_tensors="pt")
    mask = encoded["attention_mask"]
    return {
        "input_ids": encoded["input_ids"],
        "attention_mask": mask,
        "span_ids": torch.where(mask > 0, mask.cumsum(1) - 1, -1),
        "labels": torch.tensor([0, 1]),
    }


def test_builds_from_a_config_and_passes_on_what_the_inner_one_is() -> None:
    encoder = Encoder.from_params(TINY)
    assert isinstance(encoder, LoraEncoder)
    assert (encoder.dim, encoder.max_tokens, encoder.rank) == (16, 512, 4)
    assert encoder.tokenizer is encoder.encoder.tokenizer


def test_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(ConfigurationError) as caught:
        Encoder.from_params(TINY).load()
    text = "type: the encoder 'lora' needs the package 'peft', which is not installed. "
    text += "it comes with the extra 'lora': pip install 'spanreg[lora]'"
    assert str(caught.value) == text


@needs_peft
def test_only_the_adapters_of_the_backbone_are_trained() -> None:
    encoder = Encoder.from_params(TINY).load()
    trained = [name for name, weight in encoder.named_parameters() if weight.requires_grad]
    assert trained
    assert all("lora_" in name for name in trained)
    weights = dict(encoder.named_parameters())
    assert {len(weights[name]) for name in trained if "lora_A" in name} == {4}


@needs_peft
def test_starts_as_the_inner_encoder() -> None:
    torch.manual_seed(5)
    plain = Encoder.from_params(TINY["encoder"]).load().eval()
    torch.manual_seed(5)
    adapted = Encoder.from_params(TINY).load().eval()
    inputs = {name: values for name, values in batch(plain).items() if name in ("input_ids", "attention_mask")}
    torch.testing.assert_close(adapted(**inputs).tokens, plain(**inputs).tokens)


@needs_peft
def test_a_round_trip_keeps_every_bit(tmp_path: Path) -> None:
    model = SpanModel.assemble(Encoder.from_params(TINY).load(), {"encoder": TINY}, ["no", "yes"])
    inputs = batch(model.encoder)
    model.train()(**inputs).loss.backward()
    with torch.no_grad():
        for weight in model.parameters():
            weight -= 0.1 * weight.grad if weight.grad is not None else 0
    model.save_pretrained(tmp_path)
    again = SpanModel.from_pretrained(tmp_path)
    with torch.no_grad():
        assert torch.equal(model.eval()(**inputs).logits, again.eval()(**inputs).logits)


@needs_peft
def test_refuses_targets_that_are_not_there() -> None:
    with pytest.raises(ConfigurationError, match=r"targets: no linear layer of the encoder matches \['kwery'\]"):
        Encoder.from_params({**TINY, "targets": ["kwery"]}).load()
