"""Pooling of token vectors to a sentence vector."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

SentencePooling = Literal["cls", "mean", "max", "pooler"]


def pool(tokens: Tensor, attention_mask: Tensor, pooling: Literal["cls", "mean", "max"]) -> Tensor:
    """Return sentence vectors, shape: (batch, dim); padding has no effect.

    Args:
        tokens: token vectors, shape: (batch, tokens, dim).
        attention_mask: 1 for tokens, 0 for padding on either side, shape: (batch, tokens).
        pooling: ``cls``, the first token that is not padding; ``mean`` or ``max`` over all tokens, special tokens
            included.
    """
    if pooling == "cls":
        # argmax returns the first of the largest values, so this also works for padding on the left.
        first = attention_mask.int().argmax(1)  # shape: (batch,)
        return tokens[torch.arange(tokens.shape[0], device=tokens.device), first]
    inside = attention_mask.bool().unsqueeze(-1)  # shape: (batch, tokens, 1)
    if pooling == "mean":
        return tokens.masked_fill(~inside, 0).sum(1) / inside.sum(1).clamp(min=1)
    # The lowest number instead of -inf, which would make the loss NaN for a sequence of padding alone.
    return tokens.masked_fill(~inside, torch.finfo(tokens.dtype).min).amax(1)
