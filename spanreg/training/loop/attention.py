"""Faster attention over short sequences on the CPU, for training."""

from __future__ import annotations

from typing import Any, Final

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from spanreg.training.loop.dropout import drop

NAME: Final = "spanreg_short"
"The name under which transformers knows it."

_UNSUPPORTED: Final = ("position_bias", "softcap", "s_aux", "cache")
"Arguments that only some models pass; with one of them, torch's own attention is used."


def attend(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    is_causal: bool | None = None,
    **others: Any,
) -> tuple[Tensor, None]:
    """Compute softmax attention with plain matrix products, which is several times as fast as torch's in training.

    On the CPU, ``scaled_dot_product_attention`` with dropout passes over all scores three more times, to guard against
    rows without any token, which padding never makes; without dropout its backward pass is slow. It is still used for
    all else: other devices, causal masks, heads that share keys, inference.

    Args:
        module: the layer; its ``is_causal`` is the default of the argument.
        query: shape: (batch, heads, tokens, dim).
        key: shape: (batch, heads, tokens, dim).
        value: shape: (batch, heads, tokens, dim).
        attention_mask: True for tokens to attend to, or a bias to add; shape: (batch, 1 or heads, 1 or tokens, tokens).
        dropout: share of the weights that are dropped.
        scaling: factor of the scores; default: ``dim ** -0.5``.
        is_causal: whether tokens attend only to earlier ones if there is no mask; default: the module's.
        others: passed on to torch's attention.

    Returns:
        The weighted values, shape: (batch, tokens, heads, dim), and None in place of the weights.
    """
    causal = attention_mask is None and (getattr(module, "is_causal", True) if is_causal is None else is_causal)
    unsupported = causal or query.shape != key.shape or any(others.get(name) is not None for name in _UNSUPPORTED)
    if unsupported or query.device.type != "cpu" or not torch.is_grad_enabled():
        mixed: tuple[Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout, scaling, is_causal, **others
        )
        return mixed
    # The query is scaled, not the scores: it is smaller.
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    scores = torch.matmul(query * scale, key.mT)  # shape: (batch, heads, tokens, tokens)
    if attention_mask is not None:
        scores = scores + _bias(attention_mask, scores.dtype)

    weights = torch.softmax(scores, dim=-1)  # shape: (batch, heads, tokens, tokens)
    if dropout:
        weights = drop(weights, dropout)
    # Contiguous, as the results of transformers' own forms are.
    return torch.matmul(weights, value).transpose(1, 2).contiguous(), None


def _bias(mask: Tensor, dtype: torch.dtype) -> Tensor:
    """Return the mask as a bias of the scores."""
    if mask.dtype != torch.bool:
        return mask.to(dtype)
    # Not -inf: a row that is all padding would become NaN.
    return torch.zeros(mask.shape, dtype=dtype).masked_fill_(~mask, torch.finfo(dtype).min)


AttentionInterface.register(NAME, attend)
# Without a mask function of this name, transformers would pass no mask.
AttentionMaskInterface.register(NAME, sdpa_mask)
