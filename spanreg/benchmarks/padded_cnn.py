"""Padded forms of two aggregators, with every span in a row of fixed length, as rivals for benchmarks."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from spanreg.aggregators.base import AggregatorOutput
from spanreg.aggregators.hierarchical_cnn import HierarchicalCnn
from spanreg.aggregators.layers.convolution import GroupConvolution
from spanreg.aggregators.layers.pooling import span_ends, span_lengths
from spanreg.aggregators.layers.span_ids import span_count, span_mask
from spanreg.aggregators.released_cnn import ReleasedCnn


class PaddedCnn(HierarchicalCnn):
    """Compute ``hierarchical_cnn`` with default options on a padded (spans x length) tensor; not registered.

    ``PaddedCnn(dim=768)(tokens, span_ids)``

    Tokens beyond ``length`` are lost, and every span costs as much as the longest.

    Parameters:
        dim: width of the token vectors.
        length: tokens of a row; default 16.
    """

    def __init__(self, dim: int, length: int = 16) -> None:
        super().__init__(dim)
        self.length = length

    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        count = span_count(span_ids)
        exists = span_mask(span_ids, count)  # shape: (batch, spans)
        rows, inside = _gathered(tokens, span_ids, count, self.length)
        states = _convolved(rows, self.intra).relu()  # shape: (batch * spans, length, channels)
        # Padding must not win the maximum; after ReLU no real value is below 0.
        spans = states.masked_fill(~inside.flatten(0, 1).unsqueeze(-1), 0).amax(1)
        spans = spans.view(len(tokens), count, -1)  # shape: (batch, spans, channels)
        convolved = _convolved(spans, self.inter).relu().masked_fill(~exists.unsqueeze(-1), 0)
        return AggregatorOutput(convolved.amax(1), spans, exists)


class PaddedReleasedCnn(ReleasedCnn):
    """Compute ``released_cnn`` on the (slots x row) tensor of the released code; not registered.

    ``PaddedReleasedCnn(dim=768)(tokens, span_ids)``

    It uses the convolutions of torch.

    Parameters:
        dim: width of the token vectors.
    """

    def forward(self, tokens: Tensor, span_ids: Tensor) -> AggregatorOutput:
        batch, spans = len(tokens), span_count(span_ids)
        exists = span_mask(span_ids, spans)[:, : self.slots]  # shape: (batch, spans)
        rows, _ = _gathered(tokens, span_ids, self.slots, self.row)  # shape: (batch * slots, row, dim)
        vectors = self.intra(rows.transpose(1, 2)).relu().amax(-1).view(batch, self.slots, -1)
        vectors = self.dropout(vectors)  # shape: (batch, slots, dim)
        sequence = self.dropout(self.inter(vectors.transpose(1, 2)).relu().amax(-1))  # shape: (batch, dim)
        existing = vectors[:, : exists.shape[1]].masked_fill(~exists.unsqueeze(-1), 0)
        return AggregatorOutput(sequence, existing, exists)


def _gathered(tokens: Tensor, span_ids: Tensor, rows: int, length: int) -> tuple[Tensor, Tensor]:
    """Return the first ``rows`` spans as rows padded with zeros, and a mask of their tokens.

    Shapes: (batch * rows, length, dim) and (batch, rows, length).
    """
    # The released code drops spans beyond its slots, so that rows may be fewer than spans.
    most = max(rows, span_count(span_ids))
    places = torch.arange(length, device=tokens.device)
    inside = places < span_lengths(span_ids, most)[:, :rows].unsqueeze(-1)  # shape: (batch, rows, length)
    first = span_ends(span_ids, most)[0][:, :rows].unsqueeze(-1)  # shape: (batch, rows, 1)
    index = torch.where(inside, first + places, 0).flatten(1).unsqueeze(-1)  # shape: (batch, rows * length, 1)
    gathered = tokens.gather(1, index.expand(-1, -1, tokens.shape[-1]))  # shape: (batch, rows * length, dim)
    padded = gathered.masked_fill(~inside.flatten(1).unsqueeze(-1), 0)
    return padded.view(-1, length, tokens.shape[-1]), inside


def _convolved(rows: Tensor, layer: GroupConvolution) -> Tensor:
    """Return PyTorch's convolution with a layer's weights; shape: (batch, tokens, channels)."""
    # As conv1d takes it, shape: (channels, dim, kernel_size).
    weight = layer.weight.unflatten(0, (-1, layer.channels)).permute(1, 2, 0)  # type: ignore[no-untyped-call]
    return functional.conv1d(rows.transpose(1, 2), weight, layer.bias, padding=layer.radius).transpose(1, 2)
