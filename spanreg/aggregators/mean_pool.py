"""Mean within each span, averaged over the spans."""

from __future__ import annotations

from torch import Tensor

from spanreg.aggregators.base import Aggregator, AggregatorOutput
from spanreg.aggregators.layers.pooling import mean_of_spans, pool_sequence
from spanreg.aggregators.layers.span_ids import span_count, span_mask
from spanreg.registry import Runtime


@Aggregator.register("mean_pool")
class MeanPool(Aggregator):
    """Mean of the tokens of each span, then mean of the spans; registered as ``mean_pool``.

    ``u[j] = mean over the tokens t of span j of h[t]``; ``v = mean over the spans j of u[j]``. Each span has the same
    weight, regardless of its length; if every word is a span, this is the mean over words. It has no weights to learn.

    ``aggregator: { type: 'mean_pool' }``

    Parameters:
        dim: width of the token vectors, the span vectors and the sequence vector.
    """

    def __init__(self, dim: Runtime[int]) -> None:
        super().__init__(dim)
        self.channels = dim

    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        count = span_count(span_ids)
        exists = span_mask(span_ids, count)  # shape: (batch, spans)
        spans = mean_of_spans(tokens, span_ids, count)  # shape: (batch, spans, dim)
        return AggregatorOutput(pool_sequence(spans, exists, "mean"), spans, exists)
