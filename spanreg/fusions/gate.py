"""Gated sum of the sentence vector and the projected sequence vector."""

from __future__ import annotations

from typing import Annotated

import torch
from torch import Tensor, nn

from spanreg.aggregators.base import AggregatorOutput
from spanreg.fusions.base import Fusion
from spanreg.registry import Between, Runtime, Search


@Fusion.register("gate")
class GateFusion(Fusion):
    """Gated sum of the sentence vector and the projected sequence vector; registered as ``gate``.

    ``dropout(g * c + (1 - g) * p)`` with ``p = W v`` and ``g = sigmoid(U [c; p] + b)``, for the sentence vector c and
    the sequence vector v. b starts at 1, so that training starts nearer to c. Without an aggregator it is
    ``dropout(c)``.

    ``fusion: { type: 'gate' }``

    Parameters:
        dim: width of the sentence vector.
        channels: width of the sequence vector.
        dropout: dropout probability of the result; default 0.1.
    """

    def __init__(
        self,
        dim: Runtime[int],
        channels: Runtime[int],
        dropout: Annotated[float, Between(0, 1), Search(0.0, 0.3)] = 0.1,
    ) -> None:
        super().__init__(dim, channels)
        self.out_dim = dim
        self.projection = nn.Linear(channels, dim, bias=False) if channels else None
        self.gate = nn.Linear(2 * dim, dim) if channels else None
        self.dropout = nn.Dropout(dropout)
        if self.gate is not None:
            # sigmoid(1) = 0.73: the sentence vector, which is pre-trained, starts with the larger share.
            nn.init.ones_(self.gate.bias)

    def forward(self, sentence: Tensor, aggregated: AggregatorOutput) -> Tensor:
        joined = sentence  # shape: (batch, dim) or (batch, tokens, dim)
        if self.projection is not None and self.gate is not None:
            projected = self.projection(aggregated.sequence.to(sentence.dtype))  # shape: that of the sentence
            # One gate for each dimension; shape: that of the sentence.
            share = self.gate(torch.cat((sentence, projected.to(sentence.dtype)), dim=-1)).sigmoid()
            joined = (share * sentence + (1 - share) * projected).to(sentence.dtype)
        dropped: Tensor = self.dropout(joined)  # shape: that of the sentence
        return dropped
