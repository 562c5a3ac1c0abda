"""Padded rows and slots of the paper's released code, computed without building them.

The released code puts the first ``row`` tokens of each span in a row, pads it with zeros, and pads the rows with empty
ones up to ``slots``. Its maxima and softmaxes include the padding. All padded positions of a row have the same value,
and so have all empty rows, so each is computed only once: the functions here work on ``spans + EMPTY`` rows instead of
a tensor of (slots x row) positions.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from spanreg.aggregators.base import Aggregator, AggregatorOutput
from spanreg.aggregators.layers.span_ids import span_count, span_mask
from spanreg.registry import ConfigurationError

logger = logging.getLogger(__name__)

KERNEL: Final = 3
"Kernel size of the released convolutions."
EMPTY: Final = KERNEL
"Empty rows that are computed after the last span: enough for a window that covers nothing else."


@dataclass(frozen=True, slots=True)
class PaddedRows:
    """Positions of a batch's tokens in the rows of the released code.

    ``rows = PaddedRows.of(span_ids, row=16, slots=64)``

    Parameters:
        groups: span of each token within the first ``row`` of its span, -1 for others; shape: (batch, tokens).
        places: position of each token in its row, from 0; undefined on padding; shape: (batch, tokens).
        lengths: number of tokens in each row, 0 for empty rows; shape: (batch, spans + EMPTY).
        exists: True for the real spans within the first ``slots``; shape: (batch, spans).
        row: number of positions in a row.
        slots: number of rows in the released code.
    """

    groups: Tensor
    places: Tensor
    lengths: Tensor
    exists: Tensor
    row: int
    slots: int

    @property
    def count(self) -> int:
        """Number of computed rows: the spans and ``EMPTY`` empty rows."""
        return self.lengths.shape[1]

    def targets(self, inside: Tensor) -> Tensor:
        """Return the row of each token, ``count`` for those that are not ``inside``; shape: (batch, tokens)."""
        return torch.where(inside & (self.groups >= 0), self.groups, self.count)

    @classmethod
    def of(cls, span_ids: Tensor, row: int, slots: int) -> PaddedRows:
        """Return the positions for span ids of shape (batch, tokens), -1 for padding."""
        spans = span_count(span_ids)
        numbers = torch.arange(span_ids.shape[1], device=span_ids.device).expand_as(span_ids)  # shape: (batch, tokens)
        target = torch.where(span_ids < 0, spans, span_ids)  # shape: (batch, tokens); padding has an extra span
        # Position of each span's first token, shape: (batch, spans + 1).
        first = span_ids.new_zeros(span_ids.shape[0], spans + 1)
        first = first.scatter_reduce(1, target, numbers, "amin", include_self=False)
        places = numbers - first.gather(1, target)  # shape: (batch, tokens)
        groups = torch.where(places < row, span_ids, -1)  # shape: (batch, tokens)
        # Tokens without a place in a row are counted in a further row, which is cut off below.
        kept = torch.where(groups < 0, spans + EMPTY, groups)  # shape: (batch, tokens)
        lengths = span_ids.new_zeros(span_ids.shape[0], spans + EMPTY + 1).scatter_add(1, kept, torch.ones_like(kept))
        exists = span_mask(span_ids, spans) & (torch.arange(spans, device=span_ids.device) < slots)
        return cls(groups, places, lengths[:, : spans + EMPTY], exists, row, slots)


class SlottedAggregator(Aggregator):
    """Base class of the aggregators with the padded rows of the released code.

    Tokens beyond ``row`` in a span and spans beyond ``slots`` in a sequence are ignored, as in the released code. The
    first batch on the CPU that loses some is reported by a warning with their number; ``learned`` has the sums over all
    batches.

    A subclass calls ``rows = self.place(span_ids)`` and returns ``self.aggregated(sequence, vectors, rows)``.

    Parameters:
        dim: width of the token vectors and of the sequence vector.
        row: largest number of tokens used of a span, at least 3.
        slots: largest number of spans used of a sequence, at least 3.
        dropout: dropout probability of the result of each level.

    Raises:
        ConfigurationError: ``row`` or ``slots`` is below 3.
    """

    def __init__(self, dim: int, row: int, slots: int, dropout: float) -> None:
        super().__init__(dim)
        for name, value in (("row", row), ("slots", slots)):
            if value < KERNEL:
                problem = f"{value} is less than the kernel size of the convolution, {KERNEL}"
                raise ConfigurationError(problem, path=name, hint=f"give at least {KERNEL}")
        self.channels = dim
        self.row = row
        self.slots = slots
        self.dropout = nn.Dropout(dropout)
        # Not a buffer: transformers would leave it uninitialised when it loads a model.
        self._lost: Tensor | None = None
        self._has_warned = False

    def place(self, span_ids: Tensor) -> PaddedRows:
        """Return the positions of a batch's tokens, and count the tokens and spans that are ignored."""
        rows = PaddedRows.of(span_ids, self.row, self.slots)
        if not torch.compiler.is_compiling():
            self._count_lost(span_ids, rows)
        return rows

    def learned(self) -> dict[str, Any]:
        """Return how many tokens and spans all batches so far have lost; empty if none."""
        tokens, spans = (0, 0) if self._lost is None else self._lost.tolist()
        return {"left_out": {"tokens_beyond_row": tokens, "spans_beyond_slots": spans}} if tokens or spans else {}

    def aggregated(self, sequence: Tensor, vectors: Tensor, rows: PaddedRows) -> AggregatorOutput:
        """Return the result of ``forward``; ``vectors`` has shape (batch, spans + EMPTY, dim)."""
        spans = vectors[:, : rows.count - EMPTY]  # shape: (batch, spans, dim)
        return AggregatorOutput(sequence, spans.masked_fill(~rows.exists.unsqueeze(-1), 0), rows.exists)

    def _count_lost(self, span_ids: Tensor, rows: PaddedRows) -> None:
        beyond_row = ((span_ids >= 0) & (rows.places >= self.row)).sum()
        beyond_slots = (span_ids.amax(1) + 1 - self.slots).clamp(min=0).sum()
        lost = torch.stack((beyond_row, beyond_slots))  # shape: (2,)
        # On a GPU the counts stay there: reading them would synchronise the device at every batch.
        self._lost = lost + (0 if self._lost is None else self._lost)
        if self._has_warned or span_ids.device.type != "cpu":
            return
        tokens, spans = int(beyond_row), int(beyond_slots)
        if tokens or spans:
            self._has_warned = True
            # Truncation by whole spans limits their number, and not their lengths.
            hints = ["increase 'row'"] * bool(tokens) + ["increase 'slots' or set truncation: 'released'"] * bool(spans)
            logger.warning(
                "aggregator: %d tokens beyond 'row' (%d) and %d spans beyond 'slots' (%d) in a batch of %d examples "
                "are ignored, as in the released code. To use them, %s",
                tokens,
                self.row,
                spans,
                self.slots,
                len(span_ids),
                ", and ".join(hints),
            )


def largest_windows(conv: nn.Conv1d, tokens: Tensor, rows: PaddedRows, *, padding: bool = True) -> Tensor:
    """Return, for each row, the maximum over its windows of the ReLU of the convolution.

    Equal to ``conv`` along every row of ``row`` positions, ReLU, and the maximum over the ``row - 2`` results.

    Args:
        conv: a convolution of width 3 without padding.
        tokens: token vectors, shape: (batch, tokens, dim).
        rows: positions of the tokens.
        padding: whether windows over zeros alone take part; without them, an empty row is 0.

    Returns:
        Shape: (batch, spans + EMPTY, channels).
    """
    first, second, third = _taps(conv, tokens)  # each of shape: (batch, tokens, channels)
    groups = rows.groups.unsqueeze(-1)  # shape: (batch, tokens, 1)
    bias = _bias(conv, first)  # shape: (channels,)
    # A window starts within its row, so it is indexed by the token under its first tap.
    windows = first + _ahead(second, groups, 1) + _ahead(third, groups, 2) + bias  # shape: (batch, tokens, channels)
    targets = rows.targets(rows.places <= rows.row - KERNEL).unsqueeze(-1).expand_as(windows)
    # A row that ends with three or more zeros has a window over zeros alone, whose value is the bias.
    sees_zeros = (rows.lengths <= rows.row - KERNEL).unsqueeze(-1)  # shape: (batch, spans + EMPTY, 1)
    # shape: (batch, spans + EMPTY, channels)
    least = torch.where(sees_zeros & padding, bias, torch.finfo(windows.dtype).min)
    least = functional.pad(least, (0, 0, 0, 1))  # the extra row collects the windows that do not count
    return least.scatter_reduce(1, targets, windows, "amax")[:, : rows.count].relu()


def largest_window_of_slots(conv: nn.Conv1d, vectors: Tensor, rows: PaddedRows, *, padding: bool = True) -> Tensor:
    """Return the maximum over all slots, empty ones included, of the ReLU of the convolution.

    Args:
        conv: a convolution of width 3 without padding.
        vectors: vectors of the rows, the last ``EMPTY`` of empty rows; shape: (batch, spans + EMPTY, dim).
        rows: positions of the tokens.
        padding: whether windows that begin at an empty slot take part.

    Returns:
        Shape: (batch, channels).
    """
    first, second, third = _taps(conv, vectors)  # each of shape: (batch, spans + EMPTY, channels)
    windows = first[:, :-2] + second[:, 1:-1] + third[:, 2:] + _bias(conv, first)  # shape: (batch, spans + 1, channels)
    if not padding:
        is_empty = functional.pad(~rows.exists, (0, 1), value=True).unsqueeze(-1)  # shape: (batch, spans + 1, 1)
        windows = windows.masked_fill(is_empty, torch.finfo(windows.dtype).min)
    return largest_of_slots(windows, rows.slots - KERNEL + 1).relu()


def largest_of_slots(vectors: Tensor, slots: int) -> Tensor:
    """Return the maximum over the first ``slots`` rows, shape: (batch, dim), for vectors (batch, rows, dim)."""
    beyond = (torch.arange(vectors.shape[1], device=vectors.device) >= slots).unsqueeze(-1)  # shape: (rows, 1)
    return vectors.masked_fill(beyond, torch.finfo(vectors.dtype).min).amax(1)


def _taps(conv: nn.Conv1d, states: Tensor) -> tuple[Tensor, ...]:
    """Return the product of the states with each tap's weights, each of shape (batch, tokens, channels)."""
    # One matrix product for all taps: a Conv1d would add them before neighbours in other rows can be masked.
    channels = conv.weight.shape[0]
    weight = conv.weight.permute(2, 0, 1).flatten(0, 1)  # shape: (3 * channels, dim)
    return torch.split_with_sizes(functional.linear(states, weight), [channels] * KERNEL, dim=-1)


def _bias(conv: nn.Conv1d, products: Tensor) -> Tensor:
    assert conv.bias is not None
    # Under autocast the products are in bf16, and adding a float32 bias would make all later tensors float32.
    return conv.bias.to(products.dtype)


def _ahead(states: Tensor, groups: Tensor, distance: int) -> Tensor:
    """Return, for each token, the state ``distance`` tokens ahead, or 0 if that is in another row."""
    moved = functional.pad(states, (0, 0, 0, distance))[:, distance:]
    ahead = functional.pad(groups, (0, 0, 0, distance), value=-1)[:, distance:]
    return moved.masked_fill((ahead != groups) | (groups < 0), 0)
