"""Base class of the aggregators: token vectors and a segmentation to span vectors and a sequence vector."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, Literal, NamedTuple

from torch import Tensor, nn

from spanreg.aggregators.layers.span_ids import span_count
from spanreg.registry import Registrable, Runtime


class AggregatorOutput(NamedTuple):
    """Result of an aggregator for a batch.

    ``AggregatorOutput(sequence=states.mean(1), spans=states, exists=span_mask(span_ids, count))``
    """

    sequence: Tensor
    "Sequence vectors, shape: (batch, channels)."
    spans: Tensor
    "Span vectors, shape: (batch, spans, span_channels)."
    exists: Tensor | None = None
    "True for real spans, False for padding, shape: (batch, spans); None without span vectors."


# The name in extensions that were written before December 2026.
Aggregated = AggregatorOutput


class Aggregator(nn.Module, Registrable):
    """Module that turns token vectors and span ids into span vectors and a sequence vector.

    A span id is the index of a token's span in its sequence. Ids start at 0 and increase by 0 or 1 from token to token;
    padding is -1.

    ``aggregator: { type: 'hierarchical_cnn' }``

    To add one: subclass, decorate with ``@Aggregator.register("my_aggregator")``, take ``dim`` (width of the token
    vectors, known at run time), set ``channels`` (width of the sequence vector) and implement ``forward``. Padding must
    not change the result. Override ``span_channels`` if span vectors have another width. To take several segmentations,
    set ``segmentations`` and accept their number as ``layers``.
    """

    default_implementation: ClassVar[str | None] = None
    handed_down: ClassVar[tuple[str, ...] | None] = ("dim", "layers")
    neutral: ClassVar[str] = "none"
    segmentations: ClassVar[Literal["one", "several", "any"]] = "one"
    "Number of segmentations of a sequence that it accepts."
    reads_spans: ClassVar[bool] = True
    "True if the result depends on the segmentation; reports show spans only then."

    channels: int
    "Width of the sequence vector; 0 if nothing is added to the sentence vector."

    def __init__(self, dim: Runtime[int]) -> None:
        super().__init__()
        self.dim = dim

    @property
    def span_channels(self) -> int:
        """Width of the span vectors."""
        return self.channels

    @abstractmethod
    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        """Return span vectors and sequence vectors.

        Args:
            tokens: token vectors, shape: (batch, tokens, dim).
            span_ids: int64, -1 for padding, shape: (batch, tokens).
        """

    def token_vectors(self, aggregated: AggregatorOutput, span_ids: Tensor) -> Tensor:
        """Return the vector of each token's span, for tasks that label tokens.

        Override it, and ``span_slots``, if the span vectors are not indexed by the span ids.

        Args:
            aggregated: result of ``forward``.
            span_ids: the span ids given to ``forward``.

        Returns:
            Span vectors, 0 on padding, shape: (batch, tokens, span_channels).
        """
        spans = aggregated.spans  # shape: (batch, spans, span_channels)
        # gather rejects the -1 of padding, so that is read from span 0 and then masked.
        index = span_ids.clamp(min=0).unsqueeze(-1).expand(-1, -1, spans.shape[-1])
        return spans.gather(1, index).masked_fill((span_ids < 0).unsqueeze(-1), 0)

    def span_slots(self, span_ids: Tensor) -> int:
        """Return the number of span vectors that ``forward`` computes for each sequence, padding included."""
        return span_count(span_ids)

    def learned(self) -> dict[str, Any]:
        """Return learned values worth reporting with a run, as a JSON object; empty by default."""
        return {}
