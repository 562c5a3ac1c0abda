"""The hierarchical CNN of the authors' released code."""

from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from spanreg.aggregators.base import Aggregator, AggregatorOutput
from spanreg.aggregators.layers.padded_rows import KERNEL, SlottedAggregator, largest_window_of_slots, largest_windows
from spanreg.registry import AtLeast, Between, Runtime


@Aggregator.register("released_cnn")
class ReleasedCnn(SlottedAggregator):
    """Convolution and maximum over padded rows, then over padded slots, registered as ``released_cnn``.

    Each span is a row: its first ``row`` tokens, then zeros. There are ``slots`` rows, those beyond the last span all
    zero. With convolutions of width 3 without padding:

    - intra-span: ``u[s] = dropout(max over all row - 2 positions p of relu(intra(row s)[p]))``;
    - inter-span: ``v = dropout(max over all slots - 2 positions s of relu(inter(u)[s]))``.

    The padding takes part in both maxima: a row with three or more zeros has a window that sees only zeros, whose value
    is ``relu(bias)``. This is the main difference from ``hierarchical_cnn``. Neither rows nor slots are built: time and
    memory do not depend on ``slots``. In training, dropout is drawn for the first three empty slots alone; the released
    code draws it for each.

    ``channels`` and ``padding`` depart from the released code, to measure what these choices of it do. With
    ``padding: false``, windows that begin at padding take no part, and empty rows are zero for those that reach them.

    ``{ type: 'released_cnn', row: 16, slots: 64, dropout: 0.1 }``

    Source: Bao, Zhang and Zhao, Findings of EMNLP 2021; the released code ("multi_cnn").

    Parameters:
        dim: width of the token vectors.
        row: tokens of a span that are used, at least 3; default 16.
        slots: spans of a sequence that are used, at least 3; the published trainings have 64 to 128; default 64.
        dropout: share of the values of each level that training drops; default 0.1.
        channels: width of span and sequence vectors; default: that of the token vectors, as released.
        padding: whether padding takes part in the maxima, as released; default: it does.

    Raises:
        ConfigurationError: ``row`` or ``slots`` is below 3.
    """

    def __init__(
        self,
        dim: Runtime[int],
        row: Annotated[int, AtLeast(KERNEL)] = 16,
        slots: Annotated[int, AtLeast(KERNEL)] = 64,
        dropout: Annotated[float, Between(0, 1)] = 0.1,
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
