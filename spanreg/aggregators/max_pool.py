"""Maximum within each span, averaged over the spans."""

from __future__ import annotations

from torch import Tensor

from spanreg.aggregators.base import Aggregator, AggregatorOutput
from spanreg.aggregators.layers.pooling import largest_in_spans, pool_sequence
from spanreg.aggregators.layers.span_ids import span_count, span_mask
from spanreg.registry import Runtime


@Aggregator.register("max_pool")
class MaxPool(Aggregator):
    """Maximum of the tokens of each span, then mean of the spans; registered as ``max_pool``.

    ``u[j] = max over the tokens t of span j of h[t]``; ``v = mean over the spans j of u[j]``. The mean, because a
    maximum over the spans' maxima would equal the maximum over all tokens, for any spans. It has no weights.

    ``aggregator: { type: 'max_pool' }``

    Parameters:
        dim: width of the token vectors, the span vectors and the sequence vector.
    """

    def __init__(self, dim: Runtime[int]) -> None:
        super().__init__(dim)
        self.channels = dim

    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        count = span_count(span_ids)
        exists = span_mask(span_ids, count)  # shape: (batch, spans)
        spans = largest_in_spans(tokens, span_ids, count)  # shape: (batch, spans, dim)
        return AggregatorOutput(pool_sequence(spans, exists, "mean"), spans, exists)
