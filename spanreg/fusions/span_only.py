"""The span information alone."""

from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from spanreg.aggregators.base import AggregatorOutput
from spanreg.fusions.base import Fusion
from spanreg.registry import Between, ConfigurationError, Runtime


@Fusion.register("span_only")
class SpanOnlyFusion(Fusion):
    """Leaves the sentence vector out, ``dropout(v)``, registered as ``span_only``.

    v is the aggregator's sequence vector. It shows how much of a result the spans carry by themselves.

    Parameters:
        dim: width of the sentence vector; changes nothing.
        channels: width of the sequence vector.
        dropout: share of the values that training drops; default 0.1.

    Raises:
        ConfigurationError: there is no aggregator, so nothing would be left.
    """

    def __init__(
        self, dim: Runtime[int], channels: Runtime[int], dropout: Annotated[float, Between(0, 1)] = 0.1
    ) -> None:
        super().__init__(dim, channels)
        if not channels:
            raise ConfigurationError(
                "with the aggregator 'none' nothing is left of a sentence",
                path="type",
                hint="take another aggregator, or the fusion 'concat'",
            )
        self.out_dim = channels
        self.dropout = nn.Dropout(dropout)

    def forward(self, sentence: Tensor, aggregated: AggregatorOutput) -> Tensor:
        dropped: Tensor = self.dropout(aggregated.sequence.to(sentence.dtype))  # shape: (batch, channels)
        return dropped
