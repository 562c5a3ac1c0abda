"""The attention for training on the CPU: equal to torch's, which gets the calls that it does not support."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from spanreg.training.loop import attention
from spanreg.training.loop.attention import attend

LAYER = nn.Module()  # without `is_causal`, which then defaults to True
BATCH, HEADS, TOKENS, DIM = 3, 2, 7, 4


def random_inputs(heads: int = HEADS) -> list[Tensor]:
    """Return query, key and value; with fewer heads for key and value, as in grouped-query attention."""
    torch.manual_seed(0)
    shapes = [(BATCH, HEADS, TOKENS, DIM), *[(BATCH, heads, TOKENS, DIM)] * 2]
    return [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]


def padding_mask(tokens: int) -> Tensor:
    """Return a mask that hides the last two tokens of the second sentence."""
    mask = torch.ones(BATCH, 1, tokens, TOKENS, dtype=torch.bool)
    mask[1, ..., 5:] = False
    return mask


MASKS: dict[str, Any] = {
    "none": None,
    "padding": padding_mask(TOKENS),
    "padding, one row for all": padding_mask(1),
    "bias": torch.randn(BATCH, HEADS, TOKENS, TOKENS, dtype=torch.float64),
}


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
@pytest.mark.parametrize("scaling", [None, 0.3])
def test_attention_and_gradients_equal_those_of_torch(mask: Tensor | None, scaling: float | None) -> None:
    values = random_inputs()
    mixed, weights = attend(LAYER, *values, mask, scaling=scaling, is_causal=False)
    expected = scaled_dot_product_attention(*values, attn_mask=mask, scale=scaling).transpose(1, 2)
    assert weights is None
    torch.testing.assert_close(mixed, expected, rtol=0, atol=1e-12)
    upstream = torch.randn_like(mixed)
    for gradient, expected_gradient in zip(
        torch.autograd.grad(mixed, values, upstream), torch.autograd.grad(expected, values, upstream), strict=True
    ):
        torch.testing.assert_close(gradient, expected_gradient, rtol=0, atol=1e-12)


def test_dropout_applies_to_the_attention_weights() -> None:
    query, key, _ = random_inputs()
    value = torch.ones_like(key)  # without dropout every result is 1
    mixed, _ = attend(LAYER, query, key, value, None, dropout=0.9, is_causal=False)
    assert (mixed == 0).any()
    assert not torch.allclose(mixed, torch.ones_like(mixed))


UNSUPPORTED: dict[str, dict[str, Any]] = {
    "causal by the module": {},
    "causal by the call": {"is_causal": True},
    "another argument": {"is_causal": False, "position_bias": torch.zeros(1)},
}


@pytest.mark.parametrize("arguments", UNSUPPORTED.values(), ids=UNSUPPORTED)
def test_unsupported_arguments_are_left_to_transformers(
    arguments: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert calls_transformers(monkeypatch, *random_inputs(), **arguments)


def test_shared_heads_and_inference_are_left_to_transformers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert calls_transformers(monkeypatch, *random_inputs(heads=1), is_causal=False)
    with torch.no_grad():
        assert calls_transformers(monkeypatch, *random_inputs(), is_causal=False)
    with torch.enable_grad():
        assert not calls_transformers(monkeypatch, *random_inputs(), is_causal=False)


def calls_transformers(monkeypatch: pytest.MonkeyPatch, *values: Tensor, **arguments: Any) -> bool:
    """Return True if the call is passed on to transformers' own function."""
    calls: list[Any] = []

    def recording_forward(*positional: Any, **named: Any) -> tuple[None, None]:
        calls.append(positional)
        return None, None

    monkeypatch.setattr(attention, "sdpa_attention_forward", recording_forward)
    attend(LAYER, *values, None, **arguments)
    return bool(calls)
