"""Self-attentive span encoder of the paper's released code."""

from __future__ import annotations

from typing import Annotated

from torch import Tensor

from spanreg.aggregators.base import Aggregator, AggregatorOutput
from spanreg.aggregators.layers.padded_attention import PaddedAttention
from spanreg.aggregators.layers.padded_rows import KERNEL, SlottedAggregator
from spanreg.registry import AtLeast, Between, Runtime, Search


@Aggregator.register("released_attention")
class ReleasedAttention(SlottedAggregator):
    """Attention over padded rows, then over padded slots; registered as ``released_attention``.

    With rows and slots as in ``released_cnn``, and separate weights for the two levels:

    - ``u[s] = dropout(norm(sum over the positions p of row s of a[p] x[p]))``, where a is the softmax of
      ``query . tanh(W x[p] + b)`` over all positions of the row, zeros included;
    - ``v = dropout(norm(sum over the slots s of c[s] u[s]))``, where c is the same softmax over all slots.

    In training, all empty slots of a sequence share one dropout mask; the released code draws one for each slot.

    ``aggregator: { type: 'released_attention' }``

    Source: Bao, Zhang and Zhao, Findings of EMNLP 2021; the released code ("multi_attentioin").

    Parameters:
        dim: width of the token vectors, the span vectors and the sequence vector.
        row: largest number of tokens used of a span, at least 3; default 16.
        slots: largest number of spans used of a sequence, at least 3; default 64.
        dropout: dropout probability of the result of each level; default 0.1.

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
        self.inter = PaddedAttention(dim)

    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        rows = self.place(span_ids)
        vectors = self.dropout(self.intra.within_rows(tokens, rows))  # shape: (batch, spans + EMPTY, dim)
        return self.aggregated(self.dropout(self.inter.over_slots(vectors, rows)), vectors, rows)
