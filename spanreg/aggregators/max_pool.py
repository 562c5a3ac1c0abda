"""Largest values within each span, averaged over the spans."""

from __future__ import annotations

from torch import Tensor

from spanreg.aggregators.base import Aggregator, AggregatorOutput
from spanreg.aggregators.layers.pooling import largest_in_spans, pool_sequence
from spanreg.aggregators.layers.span_ids import span_count, span_mask
from spanreg.registry import Runtime


@Aggregator.register("max_pool")
class MaxPool(Aggregator):
    """Largest value of each dimension within each span, then mean of the spans, registered as ``max_pool``.

    ``u[j] = max over the tokens t of span j of h[t]``; ``v = mean over the spans j of u[j]``. The spans are averaged
    because a maximum of maxima is the maximum over all tokens, in which no span can be seen. There are no weights.

    Parameters:
        dim: width of the token vectors, and of the result.
    """

    def __init__(self, dim: Runtime[int]) -> None:
        super().__init__(dim)
        self.channels = dim

    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        count = span_count(span_ids)
        exists = span_mask(span_ids, count)  # shape: (batch, spans)
        spans = largest_in_spans(tokens, span_ids, count)  # shape: (batch, spans, dim)
        return AggregatorOutput(pool_sequence(spans, exists, "mean"), spans, exists)
