"""A transformer layer over the spans."""

from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from spanreg.aggregators.base import Aggregator, AggregatorOutput
from spanreg.aggregators.layers.pooling import mean_of_spans, pool_sequence
from spanreg.aggregators.layers.span_ids import span_count, span_mask
from spanreg.registry import AtLeast, Between, ConfigurationError, Runtime


@Aggregator.register("span_transformer")
class SpanTransformer(Aggregator):
    """Lets the spans attend to one another in one small layer, registered as ``span_transformer``.

    With ``m[j]`` the mean of the tokens of span j: ``u = layer(W m + b)``, one transformer layer with normalisation
    before attention and before the feed-forward network, whose activation is GELU; ``v = mean over the spans j of
    u[j]``. The order of the spans is known from the token vectors alone, which carry their positions.

    Parameters:
        dim: width of the token vectors.
        channels: width of span and sequence vectors, a multiple of ``heads``; default 256. The feed-forward network is
            twice as wide.
        heads: number of attention heads; default 4.
        dropout: share of the values that training drops inside the layer; default 0.1.

    Raises:
        ConfigurationError: the heads cannot share the channels.
    """

    def __init__(
        self,
        dim: Runtime[int],
        channels: Annotated[int, AtLeast(1)] = 256,
        heads: Annotated[int, AtLeast(1)] = 4,
        dropout: Annotated[float, Between(0, 1)] = 0.1,
    ) -> None:
        super().__init__(dim)
        if channels % heads:
            raise ConfigurationError(
                f"{heads} attention heads cannot share {channels} channels",
                path="channels",
                hint=f"give a multiple of {heads}, or other heads",
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
        spans = spans.masked_fill(~exists.unsqueeze(-1), 0)
        return AggregatorOutput(pool_sequence(spans, exists, "mean"), spans, exists)
