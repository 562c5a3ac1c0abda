"""The padded rows and slots of the authors' released code, computed without building them.

The released code places the first ``row`` tokens of each span in a row that is padded with zeros, and the rows in
``slots`` places, those beyond the last span empty. Its maxima and softmaxes include that padding. All padded positions
of a row have one value, and all empty rows another, so it is enough to compute each of them once: every function here
works on ``spans + EMPTY`` rows and needs no tensor of (slots x row).
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
"Width of the released convolutions."
EMPTY: Final = KERNEL
"Empty rows that are computed behind the last span: as many as a window that sees nothing else has taps."


@dataclass(frozen=True, slots=True)
class PaddedRows:
    """Where the tokens of a batch are placed.

    Parameters:
        groups: span of each token that has a place in its row, else -1; shape: (batch, tokens).
        places: position of each token in its row, from 0; meaningless on padding; shape: (batch, tokens).
        lengths: tokens in each row, 0 for the empty ones; shape: (batch, spans + EMPTY).
        exists: which of the spans a sequence has and the slots have room for; shape: (batch, spans).
        row: positions of a row.
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
        """Number of rows that are computed: spans, and ``EMPTY`` rows behind them."""
        return self.lengths.shape[1]

    def targets(self, inside: Tensor) -> Tensor:
        """Row of each token, ``count`` where it is not ``inside``; shape: (batch, tokens)."""
        return torch.where(inside & (self.groups >= 0), self.groups, self.count)

    @classmethod
    def of(cls, span_ids: Tensor, row: int, slots: int) -> PaddedRows:
        """Place the tokens of a batch; ``span_ids`` has shape (batch, tokens), -1 for padding."""
        spans = span_count(span_ids)
        numbers = torch.arange(span_ids.shape[1], device=span_ids.device).expand_as(span_ids)
        target = torch.where(span_ids < 0, spans, span_ids)  # shape: (batch, tokens)
        first = span_ids.new_zeros(span_ids.shape[0], spans + 1)
        first = first.scatter_reduce(1, target, numbers, "amin", include_self=False)
        places = numbers - first.gather(1, target)  # shape: (batch, tokens)
        groups = torch.where(places < row, span_ids, -1)
        kept = torch.where(groups < 0, spans + EMPTY, groups)
        lengths = span_ids.new_zeros(span_ids.shape[0], spans + EMPTY + 1).scatter_add(1, kept, torch.ones_like(kept))
        exists = span_mask(span_ids, spans)
        exists = exists & (torch.arange(spans, device=span_ids.device) < slots)
        return cls(groups, places, lengths[:, : spans + EMPTY], exists, row, slots)


class SlottedAggregator(Aggregator):
    """Base of the aggregators that follow the padded form of the released code.

    Tokens beyond ``row`` in a span and spans beyond ``slots`` in a sequence take no part, as in the released code. The
    first batch on the CPU that loses some is reported by a warning with their numbers, and the sum over all batches is
    in ``learned``.

    Parameters:
        dim: width of the token vectors, and of the result.
        row: tokens of a span that are used.
        slots: spans of a sequence that are used; empty ones take part in what follows.
        dropout: share of the values of each level that training drops.

    Raises:
        ConfigurationError: ``row`` or ``slots`` is below 3.
    """

    def __init__(self, dim: int, row: int, slots: int, dropout: float) -> None:
        super().__init__(dim)
        for name, value in (("row", row), ("slots", slots)):
            if value < KERNEL:
                problem = f"{value} positions are fewer than the {KERNEL} taps of the convolution"
                raise ConfigurationError(problem, path=name, hint=f"give at least {KERNEL}")
        self.channels = dim
        self.row = row
        self.slots = slots
        self.dropout = nn.Dropout(dropout)
        # No buffer: a model that is loaded by transformers would find it uninitialised.
        self._lost: Tensor | None = None
        self._has_warned = False

    def place(self, span_ids: Tensor) -> PaddedRows:
        """Return the places of a batch's tokens, and count what has none."""
        rows = PaddedRows.of(span_ids, self.row, self.slots)
        if not torch.compiler.is_compiling():
            self._count_lost(span_ids, rows)
        return rows

    def learned(self) -> dict[str, Any]:
        """What had no place, over all batches so far, each epoch and evaluation counted; nothing where all had one."""
        tokens, spans = (0, 0) if self._lost is None else self._lost.tolist()
        return {"left_out": {"tokens_beyond_row": tokens, "spans_beyond_slots": spans}} if tokens or spans else {}

    def aggregated(self, sequence: Tensor, vectors: Tensor, rows: PaddedRows) -> AggregatorOutput:
        """Return the result of ``forward``; ``vectors`` are all rows, shape: (batch, spans + EMPTY, dim)."""
        spans = vectors[:, : rows.count - EMPTY]  # shape: (batch, spans, dim)
        return AggregatorOutput(sequence, spans.masked_fill(~rows.exists.unsqueeze(-1), 0), rows.exists)

    def _count_lost(self, span_ids: Tensor, rows: PaddedRows) -> None:
        beyond_row = ((span_ids >= 0) & (rows.places >= self.row)).sum()
        beyond_slots = (span_ids.amax(1) + 1 - self.slots).clamp(min=0).sum()
        lost = torch.stack((beyond_row, beyond_slots))
        # No value is read here on a GPU: that would stop the device at every batch.
        self._lost = lost + (0 if self._lost is None else self._lost)
        if self._has_warned or span_ids.device.type != "cpu":
            return
        tokens, spans = int(beyond_row), int(beyond_slots)
        if tokens or spans:
            self._has_warned = True
            logger.warning(
                "aggregator: %d tokens beyond 'row' (%d) and %d spans beyond 'slots' (%d) in a batch of %d examples "
                "are left out, as in the released code. Raise 'row' or 'slots', or use truncation: 'released'",
                tokens,
                self.row,
                spans,
                self.slots,
                len(span_ids),
            )


def largest_windows(conv: nn.Conv1d, tokens: Tensor, rows: PaddedRows, *, padding: bool = True) -> Tensor:
    """Return ReLU of the largest window of each row, those over zeros alone included.

    Equal to ``conv`` along every row of ``row`` positions, ReLU, and the maximum over the ``row - 2`` results: windows
    begin inside the row, so each is named by the token that its first tap sees.

    Args:
        conv: width 3, no padding.
        tokens: shape: (batch, tokens, dim).
        rows: places of the tokens.
        padding: whether windows that see only zeros take part; an empty row is 0 without them.

    Returns:
        Shape: (batch, spans + EMPTY, channels).
    """
    first, second, third = _taps(conv, tokens)
    groups = rows.groups.unsqueeze(-1)  # shape: (batch, tokens, 1)
    bias = _bias(conv, first)
    windows = first + _ahead(second, groups, 1) + _ahead(third, groups, 2) + bias  # shape: (batch, tokens, channels)
    targets = rows.targets(rows.places <= rows.row - KERNEL).unsqueeze(-1).expand_as(windows)
    # A row with at least three zeros at its end has a window that sees nothing else, and its value is the bias.
    sees_zeros = (rows.lengths <= rows.row - KERNEL).unsqueeze(-1)  # shape: (batch, spans + EMPTY, 1)
    least = torch.where(sees_zeros & padding, bias, torch.finfo(windows.dtype).min)
    least = functional.pad(least, (0, 0, 0, 1))  # one more row takes the windows that do not count
    return least.scatter_reduce(1, targets, windows, "amax")[:, : rows.count].relu()


def largest_window_of_slots(conv: nn.Conv1d, vectors: Tensor, rows: PaddedRows, *, padding: bool = True) -> Tensor:
    """Return ReLU of the largest window over all slots, the empty ones included, shape: (batch, channels).

    Args:
        conv: width 3, no padding.
        vectors: one for each row, the last ``EMPTY`` of them empty; shape: (batch, spans + EMPTY, dim).
        rows: places of the tokens.
        padding: whether windows that begin at an empty slot take part.
    """
    first, second, third = _taps(conv, vectors)
    windows = first[:, :-2] + second[:, 1:-1] + third[:, 2:] + _bias(conv, first)  # shape: (batch, spans + 1, channels)
    if not padding:
        is_empty = functional.pad(~rows.exists, (0, 1), value=True).unsqueeze(-1)  # shape: (batch, spans + 1, 1)
        windows = windows.masked_fill(is_empty, torch.finfo(windows.dtype).min)
    return largest_of_slots(windows, rows.slots - KERNEL + 1).relu()


def largest_of_slots(vectors: Tensor, slots: int) -> Tensor:
    """Return the largest values of the first ``slots`` rows; for (batch, rows, dim), shape: (batch, dim)."""
    beyond = (torch.arange(vectors.shape[1], device=vectors.device) >= slots).unsqueeze(-1)  # shape: (rows, 1)
    return vectors.masked_fill(beyond, torch.finfo(vectors.dtype).min).amax(1)


def _taps(conv: nn.Conv1d, states: Tensor) -> tuple[Tensor, ...]:
    """Return the products of all states with each tap's weights, each of shape (batch, tokens, channels)."""
    channels = conv.weight.shape[0]
    weight = conv.weight.permute(2, 0, 1).flatten(0, 1)  # shape: (3 * channels, dim)
    return torch.split_with_sizes(functional.linear(states, weight), [channels] * KERNEL, dim=-1)


def _bias(conv: nn.Conv1d, like: Tensor) -> Tensor:
    assert conv.bias is not None
    return conv.bias.to(like.dtype)


def _ahead(states: Tensor, groups: Tensor, distance: int) -> Tensor:
    """Return for each token the state ``distance`` tokens ahead where that is in its row, else 0."""
    moved = functional.pad(states, (0, 0, 0, distance))[:, distance:]
    ahead = functional.pad(groups, (0, 0, 0, distance), value=-1)[:, distance:]
    return moved.masked_fill((ahead != groups) | (groups < 0), 0)
