"""Fixtures for the tests of fusions."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor


@pytest.fixture
def tiny_batch() -> dict[str, Tensor]:
    """Return a batch of two sentences of different lengths."""
    attention_mask = torch.tensor([[1] * 6, [1] * 4 + [0] * 2])
    return {
        "input_ids": torch.arange(12).reshape(2, 6) * attention_mask,
        "attention_mask": attention_mask,
        "span_ids": torch.tensor([[0, 1, 1, 1, 2, 3], [0, 1, 1, 2, -1, -1]]),
        "labels": torch.tensor([1, 0]),
    }
