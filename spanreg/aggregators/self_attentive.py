"""Self-attention within each span, then over the spans."""

from __future__ import annotations

from torch import Tensor, nn

from spanreg.aggregators.base import Aggregator, AggregatorOutput
from spanreg.aggregators.layers.pooling import pool_sequence, pool_spans
from spanreg.aggregators.layers.span_ids import span_count, span_mask
from spanreg.registry import Runtime


@Aggregator.register("self_attentive")
class SelfAttentiveAggregator(Aggregator):
    """Weighted mean of the tokens of each span, then of the spans; registered as ``self_attentive``.

    ``u[j] = sum over the tokens t of span j of a[t] h[t]``, where a is the softmax of ``w h[t]`` within the span;
    ``v = sum over the spans j of c[j] u[j]``, where c is the softmax of ``w' u[j]`` over the spans.

    ``aggregator: { type: 'self_attentive' }``

    Source: Lee et al., "End-to-end Neural Coreference Resolution", EMNLP 2017, and AllenNLP's self-attentive span
    extractor, for the level within spans; the level over spans is ours.

    Parameters:
        dim: width of the token vectors, the span vectors and the sequence vector.
    """

    def __init__(self, dim: Runtime[int]) -> None:
        super().__init__(dim)
        self.channels = dim
        # A bias, added to every score, would cancel in the softmax and never get a gradient.
        self.token_score = nn.Linear(dim, 1, bias=False)
        self.span_score = nn.Linear(dim, 1, bias=False)

    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        count = span_count(span_ids)
        exists = span_mask(span_ids, count)  # shape: (batch, spans)
        spans = pool_spans(tokens, span_ids, count, "attention", self.token_score(tokens))  # shape: (batch, spans, dim)
        return AggregatorOutput(pool_sequence(spans, exists, "attention", self.span_score(spans)), spans, exists)
