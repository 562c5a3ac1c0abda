"""Hierarchical CNN of the paper's released code."""

from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from spanreg.aggregators.base import Aggregator, AggregatorOutput
from spanreg.aggregators.layers.padded_rows import KERNEL, SlottedAggregator, largest_window_of_slots, largest_windows
from spanreg.registry import AtLeast, Between, Runtime, Search


@Aggregator.register("released_cnn")
class ReleasedCnn(SlottedAggregator):
    """Convolution and maximum over padded rows, then over padded slots; registered as ``released_cnn``.

    A span's first ``row`` tokens form a row, padded with zeros. There are ``slots`` rows; those beyond the last span
    are all zero. With convolutions of width 3 and without padding at the ends:

    - intra-span: ``u[s] = dropout(max over all row - 2 positions p of relu(intra(row s)[p]))``;
    - inter-span: ``v = dropout(max over all slots - 2 positions s of relu(inter(u)[s]))``.

    Padding takes part in both maxima: a row with three or more zeros has a window over zeros alone, whose value is
    ``relu(bias)``. This is the main difference from ``hierarchical_cnn``. The rows are never built, so time and memory
    do not depend on ``slots``. In training, dropout is drawn for the first three empty slots only; the released code
    draws it for each.

    ``channels`` and ``padding`` deviate from the released code, so that a study can measure the effect of its choices.
    With ``padding: false``, windows that begin at padding are excluded, and empty rows are zero for windows that reach
    them.

    ``aggregator: { type: 'released_cnn', row: 16, slots: 64, dropout: 0.1 }``

    Source: Bao, Zhang and Zhao, Findings of EMNLP 2021; the released code ("multi_cnn").

    Parameters:
        dim: width of the token vectors.
        row: largest number of tokens used of a span, at least 3; default 16.
        slots: largest number of spans used of a sequence, at least 3; 64 to 128 in the released scripts; default 64.
        dropout: dropout probability of the result of each level; default 0.1.
        channels: width of span and sequence vectors; default: ``dim``, as released.
        padding: whether padding takes part in the maxima; default true, as released.

    Raises:
        ConfigurationError: ``row`` or ``slots`` is below 3.
    """

    def __init__(
        self,
        dim: Runtime[int],
        row: Annotated[int, AtLeast(KERNEL)] = 16,
        slots: Annotated[int, AtLeast(KERNEL)] = 64,
        dropout: Annotated[float, Between(0, 1), Search(0.0, 0.3)] = 0.1,
        channels: Annotated[int, AtLeast(1)] | None = None,
        padding: bool = True,
    ) -> None:
        super().__init__(dim, row, slots, dropout)
        self.channels = channels or dim
        self.padding = padding
        self.intra = nn.Conv1d(dim, self.channels, KERNEL)
        self.inter = nn.Conv1d(self.channels, self.channels, KERNEL)

    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        rows = self.place(span_ids)
        vectors = largest_windows(self.intra, tokens, rows, padding=self.padding)
        vectors = self.dropout(vectors)  # shape: (batch, spans + EMPTY, channels)
        sequence = largest_window_of_slots(self.inter, vectors, rows, padding=self.padding)
        return self.aggregated(self.dropout(sequence), vectors, rows)  # sequence, shape: (batch, channels)
