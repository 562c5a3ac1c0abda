"""The hierarchical CNN of the authors' released code."""

from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from spanreg.aggregators.base import Aggregated, Aggregator
from spanreg.aggregators.padded_rows import KERNEL, SlottedAggregator, largest_window_of_slots, largest_windows
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

    ``{ type: 'released_cnn', row: 16, slots: 64, dropout: 0.1 }``

    Source: Bao, Zhang and Zhao, Findings of EMNLP 2021; the released code ("multi_cnn").

    Parameters:
        dim: width of the token vectors, of the spans and of the result.
        row: tokens of a span that are used, at least 3; default 16.
        slots: spans of a sequence that are used, at least 3; the published trainings have 64 to 128; default 64.
        dropout: share of the values of each level that training drops; default 0.1.

    Raises:
        ConfigurationError: ``row`` or ``slots`` is below 3.
    """

    def __init__(
        self,
        dim: Runtime[int],
        row: Annotated[int, AtLeast(KERNEL)] = 16,
        slots: Annotated[int, AtLeast(KERNEL)] = 64,
        dropout: Annotated[float, Between(0, 1)] = 0.1,
    ) -> None:
        super().__init__(dim, row, slots, dropout)
        self.intra = nn.Conv1d(dim, dim, KERNEL)
        self.inter = nn.Conv1d(dim, dim, KERNEL)

    def forward(self, tokens: Tensor, span_ids: Tensor) -> Aggregated:
        rows = self.place(span_ids)
        vectors = self.dropout(largest_windows(self.intra, tokens, rows))  # shape: (batch, spans + EMPTY, dim)
        sequence = self.dropout(largest_window_of_slots(self.inter, vectors, rows))  # shape: (batch, dim)
        return self.aggregated(sequence, vectors, rows)
