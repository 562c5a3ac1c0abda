"""Vectors of spans from their first tokens."""

from __future__ import annotations

import torch
from torch import Tensor

from spanreg.aggregators import Aggregator, AggregatorOutput
from spanreg.aggregators.layers.span_ids import span_count, span_mask
from spanreg.registry import Runtime


@Aggregator.register("first_token")
class FirstTokenAggregator(Aggregator):
    """Linear over the first token of each span, then the mean; registered as ``first_token``.

    ``v = mean over j of (W h[first of j] + b)``, for instance by ``aggregator: { type: 'first_token', channels: 64 }``.

    Parameters:
        dim: width of the token vectors.
        channels: width of span and sequence vectors; default 32.
    """

    def __init__(self, dim: Runtime[int], channels: int = 32) -> None:
        super().__init__(dim)
        self.channels = channels
        self.layer = torch.nn.Linear(dim, channels)

    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        exists = span_mask(span_ids, span_count(span_ids))  # shape: (batch, spans)
        numbers = torch.arange(exists.shape[1], device=span_ids.device)
        member = span_ids.unsqueeze(1) == numbers.unsqueeze(-1)  # shape: (batch, spans, tokens)
        # argmax returns the first of equal maxima, here the first token of the span.
        first = member.int().argmax(-1, keepdim=True).expand(-1, -1, self.dim)  # shape: (batch, spans, dim)
        spans = self.layer(tokens.gather(1, first)) * exists.unsqueeze(-1)  # shape: (batch, spans, channels)
        return AggregatorOutput(spans.sum(1) / exists.sum(1, keepdim=True), spans, exists)
