"""Attention within the spans and a maximum over them, as in the paper's released code."""

from __future__ import annotations

from typing import Annotated

from torch import Tensor

from spanreg.aggregators.base import Aggregator, AggregatorOutput
from spanreg.aggregators.layers.padded_attention import PaddedAttention
from spanreg.aggregators.layers.padded_rows import KERNEL, SlottedAggregator, largest_of_slots
from spanreg.registry import AtLeast, Between, Runtime, Search


@Aggregator.register("attention_max_pool")
class AttentionMaxPool(SlottedAggregator):
    """Intra-span level of ``released_attention``, then the maximum over slots; registered as ``attention_max_pool``.

    ``u`` as in ``released_attention``; ``v = max over all slots s of u[s]``, empty slots included.

    ``aggregator: { type: 'attention_max_pool' }``

    Source: Bao, Zhang and Zhao, Findings of EMNLP 2021; the released code ("attention_maxpool").

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
        self.intra = PaddedAttention(dim)

    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        rows = self.place(span_ids)
        vectors = self.dropout(self.intra.within_rows(tokens, rows))  # shape: (batch, spans + EMPTY, dim)
        return self.aggregated(largest_of_slots(vectors, self.slots), vectors, rows)
