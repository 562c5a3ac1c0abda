"""Base of the fusions: sentence vector and span information joined."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from torch import Tensor, nn

from spanreg.aggregators.base import AggregatorOutput
from spanreg.registry import Registrable, Runtime


class Fusion(nn.Module, Registrable):
    """Joins the encoder's sentence vector with what the aggregator made of the spans.

    To add one: subclass, decorate with ``@Fusion.register("my_fusion")``, take ``dim`` (width of the sentence vector)
    and ``channels`` (width of the sequence vector, 0 without an aggregator), set ``out_dim`` and implement ``forward``.
    One that looks at the span vectors also takes ``span_channels``, their width.

    Where tokens are labelled, the same is asked at every token: ``sentence`` is then the token vectors, the sequence
    vector is replaced by the vectors of the tokens' spans, and a dimension ``tokens`` follows ``batch`` in both and in
    the result. What only looks at the last dimension need not know of it.
    """

    default_implementation: ClassVar[str | None] = "concat"
    handed_down: ClassVar[tuple[str, ...] | None] = ("dim", "channels", "span_channels")

    out_dim: int
    "Width of the span-enhanced representation."

    def __init__(self, dim: Runtime[int], channels: Runtime[int]) -> None:
        super().__init__()
        self.dim = dim
        self.channels = channels

    @abstractmethod
    def forward(self, sentence: Tensor, aggregated: AggregatorOutput) -> Tensor:
        """The span-enhanced representation, shape: (batch, out_dim) or (batch, tokens, out_dim).

        Args:
            sentence: shape: (batch, dim); at token level (batch, tokens, dim).
            aggregated: its ``sequence`` has shape: (batch, channels); at token level (batch, tokens, channels).
        """
