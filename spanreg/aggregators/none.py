"""No aggregator: plain fine-tuning."""

from __future__ import annotations

from typing import ClassVar, Literal

from torch import Tensor

from spanreg.aggregators.base import Aggregator, AggregatorOutput
from spanreg.registry import Runtime


@Aggregator.register("none")
class NoAggregator(Aggregator):
    """Adds nothing to the sentence vector, which leaves plain fine-tuning; registered as ``none``.

    The result is empty, since ``channels`` is 0: sequence vectors of shape (batch, 0), span vectors of (batch, 0, 0).

    Source: plain fine-tuning.

    Parameters:
        dim: width of the token vectors; changes nothing.
    """

    segmentations: ClassVar[Literal["one", "several", "any"]] = "any"

    reads_spans: ClassVar[bool] = False

    def __init__(self, dim: Runtime[int]) -> None:
        super().__init__(dim)
        self.channels = 0

    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        batch = tokens.shape[0]
        return AggregatorOutput(sequence=tokens.new_empty(batch, 0), spans=tokens.new_empty(batch, 0, 0))

    def token_vectors(self, aggregated: AggregatorOutput, span_ids: Tensor) -> Tensor:
        """Nothing, in shape: (batch, tokens, 0)."""
        return aggregated.spans.new_empty(*span_ids.shape, 0)
