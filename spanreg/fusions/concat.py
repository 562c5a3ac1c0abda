"""Concatenation of the sentence vector and the sequence vector."""

from __future__ import annotations

from typing import Annotated

import torch
from torch import Tensor, nn

from spanreg.aggregators.base import AggregatorOutput
from spanreg.fusions.base import Fusion
from spanreg.registry import Between, Runtime, Search


@Fusion.register("concat")
class ConcatFusion(Fusion):
    """Concatenation of the sentence vector and the sequence vector; registered as ``concat``.

    ``dropout([c; v])`` for the sentence vector c and the sequence vector v. Without an aggregator it is
    ``dropout(c)``, as in plain fine-tuning.

    ``fusion: { type: 'concat', dropout: 0.1 }``

    Source: Bao, Zhang and Zhao, Findings of EMNLP 2021; ``--do_concat`` in the released code.

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
        self.out_dim = dim + channels
        self.dropout = nn.Dropout(dropout)

    def forward(self, sentence: Tensor, aggregated: AggregatorOutput) -> Tensor:
        # Under autocast the two may differ in format; the result has that of the sentence vector, as without spans.
        joined = torch.cat((sentence, aggregated.sequence.to(sentence.dtype)), dim=-1)  # shape: (..., dim + channels)
        dropped: Tensor = self.dropout(joined)
        return dropped
