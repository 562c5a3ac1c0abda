"""The attention for training equals torch's, and leaves unsupported calls to it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from spanreg.training.loop import attention
from spanreg.training.loop.attention import attend

LAYER = nn.Module()
BATCH, HEADS, TOKENS, DIM = 3, 2, 7, 4


def inputs(heads: int = HEADS) -> list[Tensor]:
    torch.manual_seed(0)
    shapes = [(BATCH, HEADS, TOKENS, DIM), *[(BATCH, heads, TOKENS, DIM)] * 2]
    return [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]


def padding(tokens: int) -> Tensor:
    mask = torch.ones(BATCH, 1, tokens, TOKENS, dtype=torch.bool)
    mask[1, ..., 5:] = False
    return mask


MASKS: dict[str, Any] = {
    "none": None,
    "padding": padding(TOKENS),
    "padding, one row for all": padding(1),
    "bias": torch.randn(BATCH, HEADS, TOKENS, TOKENS, dtype=torch.float64),
}


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
@pytest.mark.parametrize("scaling", [None, 0.3])
def test_it_equals_torchs(mask: Tensor | None, scaling: float | None) -> None:
    values = inputs()
    mixed, weights = attend(LAYER, *values, mask, scaling=scaling, is_causal=False)
    expected = scaled_dot_product_attention(*values, attn_mask=mask, scale=scaling).transpose(1, 2)
    assert weights is None
    torch.testing.assert_close(mixed, expected, rtol=0, atol=1e-12)
    upstream = torch.randn_like(mixed)
    for one, other in zip(
        torch.autograd.grad(mixed, values, upstream), torch.autograd.grad(expected, values, upstream), strict=True
    ):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)


def test_its_weights_are_dropped() -> None:
    query, key, _ = inputs()
    value = torch.ones_like(key)
    mixed, _ = attend(LAYER, query, key, value, None, dropout=0.9, is_causal=False)
    assert (mixed == 0).any()
    assert not torch.allclose(mixed, torch.ones_like(mixed))


UNKNOWN: dict[str, dict[str, Any]] = {
    "causal by the module": {},
    "causal by the call": {"is_causal": True},
    "another argument": {"is_causal": False, "position_bias": torch.zeros(1)},
}


@pytest.mark.parametrize("arguments", UNKNOWN.values(), ids=UNKNOWN)
def test_unsupported_calls_are_left_to_transformers(arguments: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    assert forwarded(monkeypatch, *inputs(), **arguments)


def test_shared_heads_and_inference_are_left_to_transformers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert forwarded(monkeypatch, *inputs(heads=1), is_causal=False)
    with torch.no_grad():
        assert forwarded(monkeypatch, *inputs(), is_causal=False)
    with torch.enable_grad():
        assert not forwarded(monkeypatch, *inputs(), is_causal=False)


def forwarded(monkeypatch: pytest.MonkeyPatch, *values: Tensor, **arguments: Any) -> bool:
    """Return True if the call is passed on to transformers' own function."""
    calls: list[Any] = []

    def noted(*given: Any, **named: Any) -> tuple[None, None]:
        calls.append(given)
        return None, None

    monkeypatch.setattr(attention, "sdpa_attention_forward", noted)
    attend(LAYER, *values, None, **arguments)
    return bool(calls)
