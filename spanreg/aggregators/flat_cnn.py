"""Control for the capacity of the hierarchical CNN: its weights without its spans."""

from __future__ import annotations

from typing import Annotated, ClassVar

from torch import Tensor

from spanreg.aggregators.base import Aggregator, AggregatorOutput
from spanreg.aggregators.layers.convolution import GroupConvolution
from spanreg.aggregators.layers.pooling import pool_sequence
from spanreg.registry import AtLeast, ConfigurationError, Odd, Runtime, Search


@Aggregator.register("flat_cnn")
class FlatCnn(Aggregator):
    """Two convolutions over the tokens, then the maximum over tokens; registered as ``flat_cnn``.

    ``v = max over the tokens t of relu(conv(relu(conv(h)))[t])``. It has exactly the weights of ``hierarchical_cnn``
    and ignores the spans, so the difference between the two scores is the effect of the spans. The token states take
    the place of span vectors, so that a fusion over spans does not see the segmentation either.

    ``aggregator: { type: 'flat_cnn', kernel_size: 3 }``

    Source: Bao, Zhang and Zhao, Findings of EMNLP 2021, whose released code has one convolution over the tokens ("cnn")
    as a control; the weights of ``hierarchical_cnn`` are our choice.

    Parameters:
        dim: width of the token vectors.
        kernel_size: width of both convolutions, in tokens; odd; default 3.
        channels: width of token and sequence vectors; default 256.

    Raises:
        ConfigurationError: ``kernel_size`` is even.
    """

    reads_spans: ClassVar[bool] = False

    def __init__(
        self,
        dim: Runtime[int],
        kernel_size: Annotated[int, AtLeast(1), Odd(), Search(choices=(1, 3, 5))] = 3,
        channels: Annotated[int, AtLeast(1), Search(choices=(128, 256, 512))] = 256,
    ) -> None:
        super().__init__(dim)
        if kernel_size % 2 == 0:
            raise ConfigurationError(
                f"expected an odd number, got {kernel_size}", path="kernel_size", hint="give 1, 3, 5 or the like"
            )
        self.channels = channels
        self.first = GroupConvolution(dim, channels, kernel_size)
        self.second = GroupConvolution(channels, channels, kernel_size)

    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        exists = span_ids >= 0  # shape: (batch, tokens)
        states = self.second(self.first(tokens, exists).relu(), exists).relu()  # shape: (batch, tokens, channels)
        states = states.masked_fill(~exists.unsqueeze(-1), 0)
        return AggregatorOutput(pool_sequence(states, exists, "max"), states, exists)

    def token_vectors(self, aggregated: AggregatorOutput, span_ids: Tensor) -> Tensor:
        """Return the states of the tokens, shape: (batch, tokens, channels)."""
        return aggregated.spans

    def span_slots(self, span_ids: Tensor) -> int:
        return span_ids.shape[1]
