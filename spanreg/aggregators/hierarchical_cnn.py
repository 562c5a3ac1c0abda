"""Hierarchical CNN: tokens of a span to a span vector, span vectors to a sequence vector."""

from __future__ import annotations

from typing import Annotated, Literal

from torch import Tensor

from spanreg.aggregators.base import Aggregator, AggregatorOutput
from spanreg.aggregators.layers.convolution import GroupConvolution
from spanreg.aggregators.layers.levels import ConvolutionLevel
from spanreg.aggregators.layers.pooling import max_over_spans, pool_sequence, pool_spans
from spanreg.aggregators.layers.span_ids import span_count, span_mask
from spanreg.registry import AtLeast, ConfigurationError, Odd, Runtime, Search


@Aggregator.register("hierarchical_cnn")
class HierarchicalCnn(Aggregator):
    """Convolution and maximum within each span, then over the spans; registered as ``hierarchical_cnn``.

    With token vectors ``h`` and convolutions ``conv`` of width k:

    - intra-span: ``u[j] = max over the tokens t of span j of relu(conv(h)[t])``; neighbours in other spans are zero;
    - inter-span: ``v = max over the spans j of relu(conv(u)[j])``; neighbours beyond the last span are zero.

    Two levels, width 3, ReLU and maximum are those of the paper's released code. Four choices are ours: a window is
    centred on each token of its span (theirs start there), padding takes part in no maximum, there are 256 channels
    instead of the encoder's width, and no level has dropout (the fusion has it). ``released_cnn`` is the released form
    exactly.

    ``aggregator: { type: 'hierarchical_cnn', kernel_size: 3, channels: 256 }``

    Source: Bao, Zhang and Zhao, "Span Fine-tuning for Pre-trained Language Models", Findings of EMNLP 2021, and their
    released code; windows, padding, width and dropout are ours.

    Parameters:
        dim: width of the token vectors.
        kernel_size: width k of the convolutions, in tokens and in spans; odd; default 3.
        channels: width of span and sequence vectors; default 256.
        depth: number of convolutions in a level; default 1.
        activation: ``relu`` (default), ``gelu`` or ``tanh``, after each convolution.
        pooling: last step of a level: ``max`` (default), ``mean``, or ``attention``, a mean weighted by the softmax of
            a learned score.
        residual: whether to add a layer's input to its output if both have the same width; default false.
        normalization: whether to apply layer norm between convolution and activation; default false.
        inter_kernel_size: kernel size of the inter-span level, in spans; default: ``kernel_size``.
        inter_channels: width of the sequence vector; default: ``channels``.
        inter_depth: number of convolutions in the inter-span level; default: ``depth``.
        inter_pooling: pooling of the inter-span level; default: ``pooling``.

    Raises:
        ConfigurationError: a kernel size is even or below 1, or channels or depth are below 1.
    """

    def __init__(
        self,
        dim: Runtime[int],
        kernel_size: Annotated[int, AtLeast(1), Odd(), Search(choices=(1, 3, 5))] = 3,
        channels: Annotated[int, AtLeast(1), Search(choices=(128, 256, 512))] = 256,
        depth: Annotated[int, AtLeast(1)] = 1,
        activation: Literal["relu", "gelu", "tanh"] = "relu",
        pooling: Literal["max", "mean", "attention"] = "max",
        residual: bool = False,
        normalization: bool = False,
        inter_kernel_size: Annotated[int, AtLeast(1), Odd()] | None = None,
        inter_channels: Annotated[int, AtLeast(1)] | None = None,
        inter_depth: Annotated[int, AtLeast(1)] | None = None,
        inter_pooling: Literal["max", "mean", "attention"] | None = None,
    ) -> None:
        super().__init__(dim)
        inter_kernel_size = kernel_size if inter_kernel_size is None else inter_kernel_size
        inter_depth = depth if inter_depth is None else inter_depth
        self.intra_channels = channels
        self.channels = channels if inter_channels is None else inter_channels
        _check("kernel_size", kernel_size, inter_kernel_size)
        _check("channels", self.intra_channels, self.channels)
        _check("depth", depth, inter_depth)
        # The first convolution of each level is an attribute of its own, so that saved weights keep their names.
        self.intra = GroupConvolution(dim, channels, kernel_size)
        self.inter = GroupConvolution(channels, self.channels, inter_kernel_size)
        self.intra_level = ConvolutionLevel(channels, kernel_size, depth, activation, pooling, residual, normalization)
        self.inter_level = ConvolutionLevel(
            self.channels, inter_kernel_size, inter_depth, activation, inter_pooling or pooling, residual, normalization
        )

    @property
    def span_channels(self) -> int:
        return self.intra_channels

    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        count = span_count(span_ids)
        exists = span_mask(span_ids, count)  # shape: (batch, spans)
        spans = self._within_spans(tokens, span_ids, count)  # shape: (batch, spans, intra_channels)
        return AggregatorOutput(self._over_spans(spans, exists), spans, exists)

    def _within_spans(self, tokens: Tensor, span_ids: Tensor, count: int) -> Tensor:
        level = self.intra_level
        states: Tensor = level(self.intra, tokens, span_ids)  # shape: (batch, tokens, intra_channels)
        if level.relu_is_last:
            # ReLU and maximum commute; after the maximum there are fewer values.
            return max_over_spans(states, span_ids, count)
        return pool_spans(states, span_ids, count, level.pooling, level.scores(states))

    def _over_spans(self, spans: Tensor, exists: Tensor) -> Tensor:
        level = self.inter_level
        states: Tensor = level(self.inter, spans, exists)  # shape: (batch, spans, channels)
        if level.relu_is_last:
            # A 0 in place of padding changes nothing: the ReLU afterwards would raise a smaller maximum to 0 anyway.
            return states.masked_fill(~exists.unsqueeze(-1), 0).amax(1).relu()  # shape: (batch, channels)
        return pool_sequence(states, exists, level.pooling, level.scores(states))


def _check(name: str, intra: int, inter: int) -> None:
    """Raise if an option of a level is out of range: ``spanreg check`` does not see objects built in Python."""
    for path, value in ((name, intra), (f"inter_{name}", inter)):
        if name == "kernel_size" and (value < 1 or value % 2 == 0):
            raise ConfigurationError(
                f"expected an odd number of at least 1, got {value}", path=path, hint="give 1, 3, 5 or the like"
            )
        if name == "channels" and value < 1:
            hint = "give at least 1, or use the aggregator 'none'"
            raise ConfigurationError(f"expected at least 1 channel, got {value}", path=path, hint=hint)
        if value < 1:
            raise ConfigurationError(f"expected at least 1, got {value}", path=path, hint="give at least 1")
