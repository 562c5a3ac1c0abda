"""Attention from the sentence vector to the span vectors."""

from __future__ import annotations

from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn import functional

from spanreg.aggregators.base import AggregatorOutput
from spanreg.fusions.base import Fusion
from spanreg.registry import AtLeast, Between, ConfigurationError, Runtime, Search


@Fusion.register("cross_attention")
class CrossAttentionFusion(Fusion):
    """Attention from the sentence vector to the span vectors; registered as ``cross_attention``.

    ``dropout([c; v; a])`` for the sentence vector c, the sequence vector v and
    ``a = sum over the spans j of p[j] (V u[j])``, where p is the softmax over the spans of
    ``(Q c) . (K u[j]) / sqrt(width)`` in each head. v is kept so that all weights of the aggregator are trained, and so
    that the only difference from ``concat`` is a. Without an aggregator it is ``dropout(c)``. At token level each token
    attends separately.

    ``fusion: { type: 'cross_attention', heads: 4 }``

    Source: Vaswani et al., "Attention Is All You Need", NeurIPS 2017, for the attention; its use here is ours.

    Parameters:
        dim: width of the sentence vector.
        channels: width of the sequence vector.
        span_channels: width of the span vectors.
        heads: number of attention heads, a divisor of ``span_channels``; default 1.
        dropout: dropout probability of the result; default 0.1.

    Raises:
        ConfigurationError: ``heads`` does not divide the width of the span vectors.
        ValueError: the aggregator's result has no ``exists``.
    """

    def __init__(
        self,
        dim: Runtime[int],
        channels: Runtime[int],
        span_channels: Runtime[int],
        heads: Annotated[int, AtLeast(1)] = 1,
        dropout: Annotated[float, Between(0, 1), Search(0.0, 0.3)] = 0.1,
    ) -> None:
        super().__init__(dim, channels)
        self.heads = heads
        self.out_dim = dim + channels + span_channels if channels else dim
        self.dropout = nn.Dropout(dropout)
        # Without an aggregator there are no span vectors to attend to; unused layers would get no gradient.
        if not channels:
            return
        if span_channels % heads:
            raise ConfigurationError(
                f"{heads} attention heads do not divide the width of the span vectors, {span_channels}",
                path="heads",
                hint=f"give a number that divides {span_channels}",
            )
        # No bias for the keys: it adds the same to all scores, cancels in the softmax and would get no gradient.
        self.query = nn.Linear(dim, span_channels)
        self.key = nn.Linear(span_channels, span_channels, bias=False)
        self.value = nn.Linear(span_channels, span_channels)

    def forward(self, sentence: Tensor, aggregated: AggregatorOutput) -> Tensor:
        parts = [sentence]
        if self.channels:
            parts += [aggregated.sequence.to(sentence.dtype), self._attend(sentence, aggregated).to(sentence.dtype)]
        dropped: Tensor = self.dropout(torch.cat(parts, dim=-1))  # shape: (batch, out_dim) or (batch, tokens, out_dim)
        return dropped

    def _attend(self, sentence: Tensor, aggregated: AggregatorOutput) -> Tensor:
        """Return the attended span vectors, shape: (batch, span_channels) or (batch, tokens, span_channels)."""
        if aggregated.exists is None:
            raise ValueError("the aggregator's result has no `exists`. return it in AggregatorOutput")
        queries = self.query(sentence)  # shape: (batch, span_channels) or (batch, tokens, span_channels)
        # Attention needs a dimension of queries: a sentence is a sequence of one.
        query = self._heads(queries.unsqueeze(1) if queries.dim() == 2 else queries)
        # shape: (batch, heads, spans, width)
        keys, values = self._heads(self.key(aggregated.spans)), self._heads(self.value(aggregated.spans))
        mask = aggregated.exists[:, None, None]  # shape: (batch, 1, 1, spans)
        # shape: (batch, heads, 1 or tokens, width)
        attended = functional.scaled_dot_product_attention(query, keys, values, attn_mask=mask)
        return attended.transpose(1, 2).reshape(queries.shape)

    def _heads(self, states: Tensor) -> Tensor:
        """Return states (batch, spans, span_channels) split into heads, shape: (batch, heads, spans, width)."""
        return states.reshape(*states.shape[:2], self.heads, -1).transpose(1, 2)
