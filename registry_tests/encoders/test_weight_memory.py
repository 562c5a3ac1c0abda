"""Memory of loaded weights."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from spanreg.encoders import Encoder
from spanreg.encoders.tiny import TinyEncoder
from spanreg.encoders.weight_memory import align_weights


def test_weights_at_odd_addresses_are_moved_and_keep_their_values() -> None:
    memory = torch.arange(20, dtype=torch.float32)
    layer = nn.Linear(4, 1, bias=False)
    layer.weight.data = memory[1:5].view(1, 4)
    assert layer.weight.data_ptr() % 64
    align_weights(layer)
    assert layer.weight.data_ptr() % 64 == 0
    assert layer.weight.tolist() == [[1, 2, 3, 4]]
    aligned = layer.weight.data_ptr()
    align_weights(layer)
    assert layer.weight.data_ptr() == aligned


def test_a_tied_weight_stays_tied() -> None:
    first, second = nn.Linear(4, 4), nn.Linear(4, 4)
    second.weight = first.weight
    first.weight.data = torch.arange(20, dtype=torch.float32)[1:17].view(4, 4)
    align_weights(nn.Sequential(first, second))
    assert first.weight is second.weight
    assert first.weight.data_ptr() % 64 == 0


def test_an_encoder_from_a_file_has_aligned_weights(tmp_path: Path) -> None:
    TinyEncoder(["the cat sat on the mat"]).load().backbone.save_pretrained(tmp_path)
    TinyEncoder(["the cat sat on the mat"]).tokenizer.save_pretrained(tmp_path)
    encoder = Encoder.from_params({"type": "pretrained", "model": str(tmp_path)}).load()
    assert {weight.data_ptr() % 64 for weight in encoder.backbone.parameters()} == {0}
