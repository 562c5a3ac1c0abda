"""Span vectors from the first and the last token."""

from __future__ import annotations

from typing import Annotated

import torch
from torch import Tensor, nn

from spanreg.aggregators.base import Aggregator, AggregatorOutput
from spanreg.aggregators.layers.pooling import pool_sequence, span_ends
from spanreg.aggregators.layers.span_ids import span_count, span_mask
from spanreg.registry import AtLeast, Runtime, Search


@Aggregator.register("endpoint")
class EndpointAggregator(Aggregator):
    """Projection of each span's first and last token, then the maximum over spans; registered as ``endpoint``.

    ``u[j] = relu(W [h[first of j]; h[last of j]] + b)``; ``v = max over the spans j of u[j]``. In a span of one token
    both ends are that token.

    ``aggregator: { type: 'endpoint', channels: 256 }``

    Source: AllenNLP's endpoint span extractor; the maximum over spans is our choice.

    Parameters:
        dim: width of the token vectors.
        channels: width of span and sequence vectors; default 256.
    """

    def __init__(
        self, dim: Runtime[int], channels: Annotated[int, AtLeast(1), Search(choices=(128, 256, 512))] = 256
    ) -> None:
        super().__init__(dim)
        self.channels = channels
        self.projection = nn.Linear(2 * dim, channels)

    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        count = span_count(span_ids)
        exists = span_mask(span_ids, count)  # shape: (batch, spans)
        ends = [
            tokens.gather(1, positions.unsqueeze(-1).expand(-1, -1, self.dim))
            for positions in span_ends(span_ids, count)
        ]  # each of shape: (batch, spans, dim)
        spans = self.projection(torch.cat(ends, dim=-1)).relu()  # shape: (batch, spans, channels)
        # The ends of padding are position 0, so that its span vectors are not 0 yet.
        spans = spans.masked_fill(~exists.unsqueeze(-1), 0)
        return AggregatorOutput(pool_sequence(spans, exists, "max"), spans, exists)
