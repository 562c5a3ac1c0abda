"""Plain fine-tuning, without span information."""

from __future__ import annotations

from typing import ClassVar, Literal

from torch import Tensor

from spanreg.aggregators.base import Aggregator, AggregatorOutput
from spanreg.registry import Runtime


@Aggregator.register("none")
class NoAggregator(Aggregator):
    """Aggregator without a result, for plain fine-tuning; registered as ``none``.

    ``channels`` is 0: sequence vectors have shape (batch, 0) and span vectors (batch, 0, 0).

    ``aggregator: { type: 'none' }``

    Source: plain fine-tuning.

    Parameters:
        dim: width of the token vectors; unused.
    """

    segmentations: ClassVar[Literal["one", "several", "any"]] = "any"
    reads_spans: ClassVar[bool] = False

    def __init__(self, dim: Runtime[int]) -> None:
        super().__init__(dim)
        self.channels = 0

    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        batch = tokens.shape[0]
        # Empty tensors, not None, so that a fusion concatenates without a case of its own for plain fine-tuning.
        return AggregatorOutput(sequence=tokens.new_empty(batch, 0), spans=tokens.new_empty(batch, 0, 0))

    def token_vectors(self, aggregated: AggregatorOutput, span_ids: Tensor) -> Tensor:
        """Return empty vectors, shape: (batch, tokens, 0)."""
        # With several segmentations, span ids have a dimension more than token vectors.
        return aggregated.spans.new_empty(span_ids.shape[0], span_ids.shape[-1], 0)
