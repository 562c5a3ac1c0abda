"""One vector out of the vectors of all tokens."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

Pooling = Literal["cls", "mean", "max", "pooler"]


def pool(tokens: Tensor, attention_mask: Tensor, pooling: Literal["cls", "mean", "max"]) -> Tensor:
    """Sentence vectors, shape: (batch, dim); padding changes nothing.

    Args:
        tokens: shape: (batch, tokens, dim).
        attention_mask: 1 for tokens, 0 for padding on either side, shape: (batch, tokens).
        pooling: ``cls`` is the first token that is no padding, ``mean`` and ``max`` go over all tokens, special ones
            too.
    """
    if pooling == "cls":
        first = attention_mask.int().argmax(1)  # shape: (batch,)
        return tokens[torch.arange(tokens.shape[0], device=tokens.device), first]
    inside = attention_mask.bool().unsqueeze(-1)  # shape: (batch, tokens, 1)
    if pooling == "mean":
        return tokens.masked_fill(~inside, 0).sum(1) / inside.sum(1).clamp(min=1)
    return tokens.masked_fill(~inside, torch.finfo(tokens.dtype).min).amax(1)
