"""Weighted mean over the layers of an encoder."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class LayerMix(nn.Module):
    """Weighted mean of several states with learned weights.

    ``g * sum over i of softmax(w)[i] * states[i]``; w starts at 0 and g at 1, the plain mean.

    ``LayerMix(13)(output.hidden_states)``

    Source: Peters et al., "Deep Contextualized Word Representations", NAACL 2018.

    Parameters:
        count: number of states: the embeddings and each layer.
    """

    def __init__(self, count: int) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.zeros(count))
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, states: Sequence[Tensor]) -> Tensor:
        """Return the weighted mean of ``states``, each of shape (batch, tokens, dim)."""
        shares = self.weights.softmax(0)  # shape: (states,)
        # Added one by one: stacking would copy the states of all layers once more.
        total = shares[0] * states[0]  # shape: (batch, tokens, dim)
        for share, state in zip(shares[1:], states[1:], strict=True):
            total = total + share * state
        return self.scale * total
