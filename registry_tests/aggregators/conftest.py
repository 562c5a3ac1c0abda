"""Batches for the aggregators' tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from torch import Tensor

from spanreg.testing.tensors import token_batch

DIM = 6

MakeBatch = Callable[..., tuple[Tensor, Tensor]]


@pytest.fixture
def make_batch() -> MakeBatch:
    def batch_of(lengths: list[list[int]], seed: int = 0, padding: int = 0, **more: float) -> tuple[Tensor, Tensor]:
        return token_batch(lengths, DIM, seed=seed, padding=padding, **more)

    return batch_of
