"""Hierarchical CNN: tokens of a span to a span vector, span vectors to a sequence vector."""

from __future__ import annotations

from typing import Annotated

from torch import Tensor

from spanreg.aggregators.base import Aggregated, Aggregator
from spanreg.aggregators.convolution import GroupConvolution
from spanreg.aggregators.span_ids import max_over_spans, span_count, span_mask
from spanreg.registry import AtLeast, ConfigurationError, Runtime


@Aggregator.register("hierarchical_cnn")
class HierarchicalCnn(Aggregator):
    """Convolution and maximum within each span, then over the spans, registered as ``hierarchical_cnn``.

    With token vectors ``h`` and convolutions ``conv`` of width k:

    - intra-span: ``u[j] = max over the tokens t of span j of relu(conv(h)[t])``, where a neighbour in another span
      counts as zero;
    - inter-span: ``v = max over the spans j of relu(conv(u)[j])``, where a neighbour beyond the last span counts as
      zero.

    After Bao, Zhang and Zhao, "Span Fine-tuning for Pre-trained Language Models", Findings of EMNLP 2021, whose
    abstract names a hierarchical CNN; width, activation, pooling and sizes are our choice.

    Parameters:
        dim: width of the token vectors.
        kernel_size: width k of both convolutions, in tokens and in spans; odd; default 3.
        channels: width of span and sequence vectors; default 256.

    Raises:
        ConfigurationError: ``kernel_size`` is even or below 1, or ``channels`` is below 1.
    """

    def __init__(
        self, dim: Runtime[int], kernel_size: Annotated[int, AtLeast(1)] = 3, channels: Annotated[int, AtLeast(1)] = 256
    ) -> None:
        super().__init__(dim)
        if kernel_size < 1 or kernel_size % 2 == 0:
            raise ConfigurationError(
                f"a convolution of width {kernel_size} has no centre",
                path="kernel_size",
                hint="give an odd number of at least 1",
            )
        if channels < 1:
            raise ConfigurationError(
                f"{channels} channels carry nothing",
                path="channels",
                hint="give at least 1, or take the aggregator 'none'",
            )
        self.channels = channels
        self.intra = GroupConvolution(dim, channels, kernel_size)
        self.inter = GroupConvolution(channels, channels, kernel_size)

    def forward(self, tokens: Tensor, span_ids: Tensor) -> Aggregated:
        count = span_count(span_ids)
        spans = max_over_spans(self.intra(tokens, span_ids), span_ids, count)  # shape: (batch, spans, channels)
        exists = span_mask(span_ids, count)  # shape: (batch, spans)
        convolved = self.inter(spans, exists).masked_fill(~exists.unsqueeze(-1), 0)  # shape: (batch, spans, channels)
        return Aggregated(sequence=convolved.amax(1).relu(), spans=spans)
