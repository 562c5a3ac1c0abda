"""Sentence vector and sequence vector side by side."""

from __future__ import annotations

from typing import Annotated

import torch
from torch import Tensor, nn

from spanreg.aggregators.base import AggregatorOutput
from spanreg.fusions.base import Fusion
from spanreg.registry import Between, Runtime


@Fusion.register("concat")
class ConcatFusion(Fusion):
    """Joins by concatenation, ``dropout([c; v])``, registered as ``concat``.

    c is the sentence vector, v the aggregator's sequence vector. Without an aggregator (0 channels) this is
    ``dropout(c)``, what plain fine-tuning does.

    Parameters:
        dim: width of the sentence vector.
        channels: width of the sequence vector.
        dropout: share of the values that training drops; default 0.1.
    """

    def __init__(
        self, dim: Runtime[int], channels: Runtime[int], dropout: Annotated[float, Between(0, 1)] = 0.1
    ) -> None:
        super().__init__(dim, channels)
        self.out_dim = dim + channels
        self.dropout = nn.Dropout(dropout)

    def forward(self, sentence: Tensor, aggregated: AggregatorOutput) -> Tensor:
        joined = torch.cat((sentence, aggregated.sequence.to(sentence.dtype)), dim=-1)  # shape: (batch, dim + channels)
        dropped: Tensor = self.dropout(joined)
        return dropped
