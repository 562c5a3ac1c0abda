"""Pooling of token vectors to sentence vectors."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spanreg.encoders.pooling import pool


@given(
    lengths=st.lists(st.integers(1, 6), min_size=1, max_size=4),
    left=st.booleans(),
    pooling=st.sampled_from(["cls", "mean", "max"]),
)
@settings(max_examples=60)
def test_equals_a_slow_loop_and_padding_changes_nothing(lengths: list[int], left: bool, pooling: str) -> None:
    torch.manual_seed(0)
    widest = max(lengths) + 1
    tokens = torch.randn(len(lengths), widest, 3, dtype=torch.float64)
    mask = torch.tensor([[1] * length + [0] * (widest - length) for length in lengths])
    if left:
        mask = mask.flip(1)
    # A large value, which shows in every result that padding takes part in.
    tokens = torch.where(mask.unsqueeze(-1) == 0, 1e8, tokens)
    pooled = pool(tokens, mask, pooling)
    for row in range(len(lengths)):
        inside = [vector for vector, is_token in zip(tokens[row], mask[row], strict=True) if is_token]
        expected = {
            "cls": inside[0],
            "mean": sum(inside[1:], inside[0]) / len(inside),
            "max": torch.stack(inside).amax(0),
        }[pooling]
        torch.testing.assert_close(pooled[row], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("pooling", ["cls", "mean", "max"])
def test_gradients_are_correct(pooling: str) -> None:
    mask = torch.tensor([[1, 1, 0], [1, 1, 1]])
    tokens = torch.randn(2, 3, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda states: pool(states, mask, pooling), tokens)
