"""Base of the aggregators: token vectors and a segmentation to span vectors and one vector for the sequence."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, Literal, NamedTuple

from torch import Tensor, nn

from spanreg.aggregators.layers.span_ids import span_count
from spanreg.registry import Registrable, Runtime


class Aggregated(NamedTuple):
    """What an aggregator makes of a batch."""

    sequence: Tensor
    "One vector for the sequence, shape: (batch, channels)."
    spans: Tensor
    "Span vectors, shape: (batch, spans, span_channels)."
    exists: Tensor | None = None
    "Which of them a sequence has, the rest is padding; None where there are none. Shape: (batch, spans)."


class Aggregator(nn.Module, Registrable):
    """Turns token vectors and span ids into span vectors and a vector of the whole sequence.

    Span ids are the index of each token's span in its sequence, counted from 0 in steps of 0 or 1; -1 marks padding.

    To add one: subclass, decorate with ``@Aggregator.register("my_aggregator")``, take ``dim`` (width of the token
    vectors, known at run time), set ``channels`` (width of the result) and implement ``forward``. Padding must change
    nothing. Where span vectors have another width, give it as ``span_channels``. One that takes several segmentations
    says so by ``segmentations``, and is handed their number as ``layers``.
    """

    default_implementation: ClassVar[str | None] = None
    handed_down: ClassVar[tuple[str, ...] | None] = ("dim", "layers")
    neutral: ClassVar[str] = "none"
    segmentations: ClassVar[Literal["one", "several", "any"]] = "one"
    "How many segmentations of a sequence it takes."
    reads_spans: ClassVar[bool] = True
    "Whether the result depends on the segmentation; reports show no spans of an arm whose aggregator ignores them."

    channels: int
    "Width of the sequence vector; 0 where nothing is added to the sentence vector."

    def __init__(self, dim: Runtime[int]) -> None:
        super().__init__()
        self.dim = dim

    @property
    def span_channels(self) -> int:
        """Width of the span vectors."""
        return self.channels

    @abstractmethod
    def forward(self, tokens: Tensor, span_ids: Tensor) -> Aggregated:
        """Span and sequence vectors.

        Args:
            tokens: shape: (batch, tokens, dim).
            span_ids: int64, shape: (batch, tokens), -1 for padding.
        """

    def token_vectors(self, aggregated: Aggregated, span_ids: Tensor) -> Tensor:
        """Hands each token the vector of its span: what the spans say where tokens are labelled.

        Override it, and ``span_slots``, where the span vectors are not those of the span ids.

        Args:
            aggregated: what ``forward`` gave.
            span_ids: as there.

        Returns:
            Shape: (batch, tokens, span_channels); 0 on padding.
        """
        spans = aggregated.spans
        index = span_ids.clamp(min=0).unsqueeze(-1).expand(-1, -1, spans.shape[-1])
        return spans.gather(1, index).masked_fill((span_ids < 0).unsqueeze(-1), 0)

    def span_slots(self, span_ids: Tensor) -> int:
        """How many span vectors ``forward`` gives for each sequence, those that do not exist counted too."""
        return span_count(span_ids)

    def learned(self) -> dict[str, Any]:
        """What training has settled that a reader of the run wants to know, in plain JSON; nothing by default."""
        return {}
