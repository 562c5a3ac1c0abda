"""Attention within each span, then over the spans."""

from __future__ import annotations

from torch import Tensor, nn

from spanreg.aggregators.base import Aggregator, AggregatorOutput
from spanreg.aggregators.layers.pooling import pool_sequence, pool_spans
from spanreg.aggregators.layers.span_ids import span_count, span_mask
from spanreg.registry import Runtime


@Aggregator.register("self_attentive")
class SelfAttentiveAggregator(Aggregator):
    """Weighted mean of the tokens of each span, then of the spans, registered as ``self_attentive``.

    ``u[j] = sum over the tokens t of span j of a[t] h[t]``, where a is the softmax within the span of ``w h[t]``;
    ``v = sum over the spans j of c[j] u[j]``, where c is the softmax over the spans of ``w' u[j]``. The first half
    is the self-attentive span extractor of AllenNLP, after Lee et al., "End-to-end Neural Coreference Resolution",
    EMNLP 2017.

    Source: Lee et al., EMNLP 2017, by way of AllenNLP; over the spans ours.

    Parameters:
        dim: width of the token vectors, and of the result.
    """

    def __init__(self, dim: Runtime[int]) -> None:
        super().__init__(dim)
        self.channels = dim
        # A softmax does not see what is added to all of its scores, so a bias would get no gradient.
        self.token_score = nn.Linear(dim, 1, bias=False)
        self.span_score = nn.Linear(dim, 1, bias=False)

    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        count = span_count(span_ids)
        exists = span_mask(span_ids, count)  # shape: (batch, spans)
        spans = pool_spans(tokens, span_ids, count, "attention", self.token_score(tokens))  # shape: (batch, spans, dim)
        return AggregatorOutput(pool_sequence(spans, exists, "attention", self.span_score(spans)), spans, exists)
