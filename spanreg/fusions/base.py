"""Base class of the fusions: sentence vector and span information to one representation."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from torch import Tensor, nn

from spanreg.aggregators.base import AggregatorOutput
from spanreg.registry import Registrable, Runtime


class Fusion(nn.Module, Registrable):
    """Module that joins the encoder's sentence vector with the aggregator's result.

    At token level, for tasks that label tokens, ``sentence`` holds the token vectors and ``aggregated.sequence`` the
    vectors of the tokens' spans; both, and the result, then have a dimension ``tokens`` after ``batch``. A fusion that
    works on the last dimension needs no change for that.

    ``fusion: { type: 'concat', dropout: 0.1 }``

    To add one: subclass, decorate with ``@Fusion.register("my_fusion")``, take ``dim`` (width of the sentence vector)
    and ``channels`` (width of the sequence vector, 0 without an aggregator), set ``out_dim`` and implement ``forward``.
    To use the span vectors, also take ``span_channels``, their width.
    """

    default_implementation: ClassVar[str | None] = "concat"
    handed_down: ClassVar[tuple[str, ...] | None] = ("dim", "channels", "span_channels")
    needs_aggregator: ClassVar[bool] = False
    "Whether it has no input with the aggregator ``none``."

    out_dim: int
    "Width of the span-enhanced representation."

    def __init__(self, dim: Runtime[int], channels: Runtime[int]) -> None:
        super().__init__()
        self.dim = dim
        self.channels = channels

    @abstractmethod
    def forward(self, sentence: Tensor, aggregated: AggregatorOutput) -> Tensor:
        """Return the span-enhanced representation, shape: (batch, out_dim), or (batch, tokens, out_dim) at token level.

        Args:
            sentence: sentence vectors, shape: (batch, dim), or token vectors, shape: (batch, tokens, dim).
            aggregated: the aggregator's result, with ``sequence`` of shape (batch, channels) or (batch, tokens,
                channels).
        """
