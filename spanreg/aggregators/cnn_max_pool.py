"""Convolution within the spans and a maximum over them, as in the paper's released code."""

from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from spanreg.aggregators.base import Aggregator, AggregatorOutput
from spanreg.aggregators.layers.padded_rows import KERNEL, SlottedAggregator, largest_of_slots, largest_windows
from spanreg.registry import AtLeast, Between, Runtime, Search


@Aggregator.register("cnn_max_pool")
class CnnMaxPool(SlottedAggregator):
    """Intra-span level of ``released_cnn``, then the maximum over slots; registered as ``cnn_max_pool``.

    ``u`` as in ``released_cnn``; ``v = max over all slots s of u[s]``, empty slots included.

    ``aggregator: { type: 'cnn_max_pool' }``

    Source: Bao, Zhang and Zhao, Findings of EMNLP 2021; the released code ("cnn_maxpool").

    Parameters:
        dim: width of the token vectors, the span vectors and the sequence vector.
        row: largest number of tokens used of a span, at least 3; default 16.
        slots: largest number of spans used of a sequence, at least 3; default 64.
        dropout: dropout probability of the span vectors; default 0.1.

    Raises:
        ConfigurationError: ``row`` or ``slots`` is below 3.
    """

    def __init__(
        self,
        dim: Runtime[int],
        row: Annotated[int, AtLeast(KERNEL)] = 16,
        slots: Annotated[int, AtLeast(KERNEL)] = 64,
        dropout: Annotated[float, Between(0, 1), Search(0.0, 0.3)] = 0.1,
    ) -> None:
        super().__init__(dim, row, slots, dropout)
        self.intra = nn.Conv1d(dim, dim, KERNEL)

    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        rows = self.place(span_ids)
        vectors = self.dropout(largest_windows(self.intra, tokens, rows))  # shape: (batch, spans + EMPTY, dim)
        return self.aggregated(largest_of_slots(vectors, self.slots), vectors, rows)
