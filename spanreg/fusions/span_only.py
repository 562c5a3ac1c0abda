"""Sequence vector without the sentence vector."""

from __future__ import annotations

from typing import Annotated, ClassVar

from torch import Tensor, nn

from spanreg.aggregators.base import AggregatorOutput
from spanreg.fusions.base import Fusion
from spanreg.registry import Between, ConfigurationError, Runtime, Search


@Fusion.register("span_only")
class SpanOnlyFusion(Fusion):
    """Sequence vector without the sentence vector; registered as ``span_only``.

    ``dropout(v)`` for the sequence vector v. It shows what the span information achieves without the sentence vector.

    ``fusion: { type: 'span_only' }``

    Source: Bao, Zhang and Zhao, Findings of EMNLP 2021; the released code without ``--do_concat``.

    Parameters:
        dim: width of the sentence vector; unused.
        channels: width of the sequence vector.
        dropout: dropout probability of the result; default 0.1.

    Raises:
        ConfigurationError: the aggregator is ``none``.
    """

    needs_aggregator: ClassVar[bool] = True

    def __init__(
        self,
        dim: Runtime[int],
        channels: Runtime[int],
        dropout: Annotated[float, Between(0, 1), Search(0.0, 0.3)] = 0.1,
    ) -> None:
        super().__init__(dim, channels)
        if not channels:
            raise ConfigurationError(
                "'span_only' has no input with the aggregator 'none'",
                path="type",
                hint="use another aggregator, or the fusion 'concat'",
            )
        self.out_dim = channels
        self.dropout = nn.Dropout(dropout)

    def forward(self, sentence: Tensor, aggregated: AggregatorOutput) -> Tensor:
        dropped: Tensor = self.dropout(aggregated.sequence.to(sentence.dtype))  # shape: (..., channels)
        return dropped
