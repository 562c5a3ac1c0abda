"""Sum of the sentence vector and the projected sequence vector."""

from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from spanreg.aggregators.base import AggregatorOutput
from spanreg.fusions.base import Fusion
from spanreg.registry import Between, Runtime, Search


@Fusion.register("add")
class AddFusion(Fusion):
    """Sum of the sentence vector and the projected sequence vector; registered as ``add``.

    ``dropout(c + W v)`` for the sentence vector c and the sequence vector v. Without an aggregator it is
    ``dropout(c)``.

    ``fusion: { type: 'add' }``

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
        self.dropout = nn.Dropout(dropout)

    def forward(self, sentence: Tensor, aggregated: AggregatorOutput) -> Tensor:
        if self.projection is not None:
            # Under autocast the projection is in bf16; the result keeps the format of the sentence vector.
            sentence = sentence + self.projection(aggregated.sequence.to(sentence.dtype)).to(sentence.dtype)
        dropped: Tensor = self.dropout(sentence)  # shape: (batch, dim) or (batch, tokens, dim)
        return dropped
