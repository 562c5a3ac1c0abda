"""Self-attention over padded rows, as in the paper's released code."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from spanreg.aggregators.layers.padded_rows import EMPTY, PaddedRows


class PaddedAttention(nn.Module):
    """Weighted sum over the positions of a row, zeros included, then layer norm.

    ``score(x) = query . tanh(W x + b)``; the weights are the softmax of the scores over all positions of the row. A
    zero position adds nothing to the sum, but its score counts in the softmax.

    ``PaddedAttention(768).within_rows(tokens, PaddedRows.of(span_ids, row=16, slots=64))``

    Parameters:
        dim: width of the vectors.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.project = nn.Linear(dim, dim)
        # A bias, added to every score, would cancel in the softmax and never get a gradient.
        self.query = nn.Linear(dim, 1, bias=False)
        self.norm = nn.LayerNorm(dim)

    def within_rows(self, tokens: Tensor, rows: PaddedRows) -> Tensor:
        """Return the vectors of the rows, shape: (batch, spans + EMPTY, dim), for tokens (batch, tokens, dim)."""
        targets = rows.targets(torch.ones_like(rows.groups, dtype=torch.bool)).unsqueeze(-1)  # (batch, tokens, 1)
        scores = self._scores(tokens)  # shape: (batch, tokens, 1)
        of_zero = self._scores(torch.zeros_like(tokens[:1, :1]))  # shape: (1, 1, 1)
        zeros = (rows.row - rows.lengths).unsqueeze(-1)  # shape: (batch, spans + EMPTY, 1)
        wide = scores.new_zeros(tokens.shape[0], rows.count + 1, 1)
        # Subtracting the largest score leaves the softmax unchanged and keeps exp from overflowing.
        highest = (wide + of_zero).scatter_reduce(1, targets, scores, "amax").detach()
        powers = (scores - highest.gather(1, targets)).exp()  # shape: (batch, tokens, 1)
        # All zero positions of a row have the same score: one of them, times their number.
        of_zeros = zeros * (of_zero - highest[:, : rows.count]).exp()
        total = wide.scatter_add(1, targets, powers)[:, : rows.count] + of_zeros  # shape: (batch, spans + EMPTY, 1)
        weighted = powers * tokens.to(powers.dtype)
        sums = weighted.new_zeros(tokens.shape[0], rows.count + 1, tokens.shape[-1])
        # Zero positions add nothing here; they only count in the denominator.
        sums = sums.scatter_add(1, targets.expand_as(weighted), weighted)[:, : rows.count]
        normed: Tensor = self.norm((sums / total).to(tokens.dtype))
        return normed

    def over_slots(self, vectors: Tensor, rows: PaddedRows) -> Tensor:
        """Return a vector for each sequence, shape: (batch, dim); ``vectors`` has shape (batch, spans + EMPTY, dim)."""
        # All slots after the last span have the same vector: it is taken once, weighted by their number.
        used = rows.exists.sum(1, keepdim=True)  # shape: (batch, 1)
        spans = vectors[:, : rows.count - EMPTY]  # shape: (batch, spans, dim)
        states = torch.cat((spans, vectors[:, -1:]), 1)  # shape: (batch, spans + 1, dim)
        times = torch.cat((rows.exists.to(used.dtype), rows.slots - used), 1).unsqueeze(-1)  # (batch, spans + 1, 1)
        scores = self._scores(states)  # shape: (batch, spans + 1, 1)
        lowest = torch.finfo(scores.dtype).min
        scores = scores.masked_fill(times == 0, lowest)
        # Unnormalised softmax weights, times the number of slots that share a vector; shape: (batch, spans + 1, 1).
        weights = times * (scores - scores.amax(1, keepdim=True).detach()).exp()
        sequence = (weights * states).sum(1) / weights.sum(1)  # shape: (batch, dim)
        normed: Tensor = self.norm(sequence.to(vectors.dtype))
        return normed

    def _scores(self, states: Tensor) -> Tensor:
        """Return scores in float32 or better, shape: (batch, tokens, 1)."""
        scores: Tensor = self.query(self.project(states).tanh())
        return scores.to(torch.promote_types(scores.dtype, torch.float32))
