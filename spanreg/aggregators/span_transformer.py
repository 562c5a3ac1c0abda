"""Transformer layer over the spans."""

from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from spanreg.aggregators.base import Aggregator, AggregatorOutput
from spanreg.aggregators.layers.pooling import mean_of_spans, pool_sequence
from spanreg.aggregators.layers.span_ids import span_count, span_mask
from spanreg.registry import AtLeast, Between, ConfigurationError, MultipleOf, Runtime, Search


@Aggregator.register("span_transformer")
class SpanTransformer(Aggregator):
    """One transformer layer over the means of the spans; registered as ``span_transformer``.

    With ``m[j]`` the mean of the tokens of span j: ``u = layer(W m + b)``, a pre-norm transformer layer with GELU;
    ``v = mean over the spans j of u[j]``. Spans have no position embeddings: token vectors carry their positions.

    ``aggregator: { type: 'span_transformer', channels: 256, heads: 4 }``

    Parameters:
        dim: width of the token vectors.
        channels: width of span and sequence vectors, a multiple of ``heads``; the feed-forward network is twice as
            wide; default 256.
        heads: number of attention heads; default 4.
        dropout: dropout probability within the layer; default 0.1.

    Raises:
        ConfigurationError: ``channels`` is not a multiple of ``heads``.
    """

    def __init__(
        self,
        dim: Runtime[int],
        channels: Annotated[int, AtLeast(1), MultipleOf("heads"), Search(choices=(128, 256, 512))] = 256,
        heads: Annotated[int, AtLeast(1)] = 4,
        dropout: Annotated[float, Between(0, 1), Search(0.0, 0.3)] = 0.1,
    ) -> None:
        super().__init__(dim)
        if channels % heads:
            raise ConfigurationError(
                f"{channels} is not a multiple of heads, {heads}",
                path="channels",
                hint=f"give a multiple of {heads}, or change 'heads'",
            )
        self.channels = channels
        self.projection = nn.Linear(dim, channels)
        self.layer = nn.TransformerEncoderLayer(
            channels, heads, 2 * channels, dropout, activation="gelu", batch_first=True, norm_first=True
        )

    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        count = span_count(span_ids)
        exists = span_mask(span_ids, count)  # shape: (batch, spans)
        means = mean_of_spans(tokens, span_ids, count)  # shape: (batch, spans, dim)
        spans = self.layer(self.projection(means), src_key_padding_mask=~exists)  # shape: (batch, spans, channels)
        # The mask keeps padding from being attended to; padding itself still gets a vector.
        spans = spans.masked_fill(~exists.unsqueeze(-1), 0)
        return AggregatorOutput(pool_sequence(spans, exists, "mean"), spans, exists)
