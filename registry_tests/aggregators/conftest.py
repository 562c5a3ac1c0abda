"""Batches for the tests of aggregators."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from torch import Tensor

from spanreg.testing.tensors import token_batch

DIM = 6

MakeBatch = Callable[..., tuple[Tensor, Tensor]]


# For the whole session, since hypothesis refuses fixtures of a single test.
@pytest.fixture(scope="session")
def make_batch() -> MakeBatch:
    """Return a function that makes token vectors and span ids from the lengths of spans."""

    def make(lengths: list[list[int]], seed: int = 0, padding: int = 0, **more: float) -> tuple[Tensor, Tensor]:
        return token_batch(lengths, DIM, seed=seed, padding=padding, **more)

    return make
