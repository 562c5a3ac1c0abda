"""Batches for the aggregators' tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

DIM = 6

MakeBatch = Callable[..., tuple[Tensor, Tensor]]


def batch_of(lengths: list[list[int]], seed: int = 0, padding: int = 0, rubbish: float = 1e6) -> tuple[Tensor, Tensor]:
    """Random token vectors and span ids of sequences given by the lengths of their spans; padding holds rubbish."""
    tokens = max(sum(spans) for spans in lengths) + padding
    span_ids = torch.full((len(lengths), tokens), -1)
    for row, spans in enumerate(lengths):
        span_ids[row, : sum(spans)] = torch.arange(len(spans)).repeat_interleave(torch.tensor(spans))
    vectors = torch.randn(len(lengths), tokens, DIM, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return torch.where(span_ids.unsqueeze(-1) < 0, rubbish, vectors), span_ids


@pytest.fixture
def make_batch() -> MakeBatch:
    return batch_of
