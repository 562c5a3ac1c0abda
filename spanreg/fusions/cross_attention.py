"""The sentence vector asks the spans."""

from __future__ import annotations

from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn import functional

from spanreg.aggregators.base import AggregatorOutput
from spanreg.fusions.base import Fusion
from spanreg.registry import AtLeast, Between, ConfigurationError, Runtime


@Fusion.register("cross_attention")
class CrossAttentionFusion(Fusion):
    """Lets the sentence vector attend to the span vectors, registered as ``cross_attention``.

    ``dropout([c; v; a])``, with the sentence vector c, the aggregator's sequence vector v and
    ``a = sum over the spans j of p[j] (V u[j])``, where p is the softmax over the spans of
    ``(Q c) . (K u[j]) / sqrt(width)``, in each head for itself. v stays, so that every weight of the aggregator is
    trained and the comparison with ``concat`` is about the question alone. Without an aggregator (0 channels) this is
    ``dropout(c)``. At token level each token asks for itself.

    Parameters:
        dim: width of the sentence vector.
        channels: width of the sequence vector.
        span_channels: width of the span vectors.
        heads: number of attention heads, which share the width of the span vectors; default 1.
        dropout: share of the values that training drops; default 0.1.

    Raises:
        ConfigurationError: the heads cannot share the width of the span vectors.
        ValueError: the aggregator does not say which spans exist.
    """

    def __init__(
        self,
        dim: Runtime[int],
        channels: Runtime[int],
        span_channels: Runtime[int],
        heads: Annotated[int, AtLeast(1)] = 1,
        dropout: Annotated[float, Between(0, 1)] = 0.1,
    ) -> None:
        super().__init__(dim, channels)
        self.heads = heads
        self.out_dim = dim + channels + span_channels if channels else dim
        self.dropout = nn.Dropout(dropout)
        if not channels:
            return
        if span_channels % heads:
            raise ConfigurationError(
                f"{heads} attention heads cannot share span vectors of width {span_channels}",
                path="heads",
                hint=f"give a number that divides {span_channels}",
            )
        # A softmax does not see what the keys' bias adds to all of its scores, so it would get no gradient.
        self.query = nn.Linear(dim, span_channels)
        self.key = nn.Linear(span_channels, span_channels, bias=False)
        self.value = nn.Linear(span_channels, span_channels)

    def forward(self, sentence: Tensor, aggregated: AggregatorOutput) -> Tensor:
        parts = [sentence]
        if self.channels:
            parts += [aggregated.sequence.to(sentence.dtype), self._ask(sentence, aggregated).to(sentence.dtype)]
        dropped: Tensor = self.dropout(torch.cat(parts, dim=-1))  # shape: (batch, out_dim) or (batch, tokens, out_dim)
        return dropped

    def _ask(self, sentence: Tensor, aggregated: AggregatorOutput) -> Tensor:
        """The spans' answer, shape: (batch, span_channels), or (batch, tokens, span_channels) where tokens ask."""
        if aggregated.exists is None:
            raise ValueError("the aggregator does not say which spans exist. Give `exists` in its `Aggregated`")
        asked = self.query(sentence)  # shape: (batch, span_channels) or (batch, tokens, span_channels)
        query = self._heads(asked.unsqueeze(1) if asked.dim() == 2 else asked)  # shape: (batch, heads, tokens, width)
        keys, values = self._heads(self.key(aggregated.spans)), self._heads(self.value(aggregated.spans))
        mask = aggregated.exists[:, None, None]  # shape: (batch, 1, 1, spans)
        answer = functional.scaled_dot_product_attention(query, keys, values, attn_mask=mask)
        return answer.transpose(1, 2).reshape(asked.shape)

    def _heads(self, states: Tensor) -> Tensor:
        """Shape: (batch, heads, spans, width), for ``states`` (batch, spans, span_channels)."""
        return states.reshape(*states.shape[:2], self.heads, -1).transpose(1, 2)
