"""Pooling over the tokens of each span, and over the spans of a sequence.

Sums are computed in float32 or better, because half precision loses digits over long spans. Padding is assigned to an
extra span that is then cut off, so that it affects no result and gets no gradient.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

Pooling = Literal["max", "mean", "attention"]


def pool_spans(states: Tensor, span_ids: Tensor, spans: int, pooling: Pooling, scores: Tensor | None = None) -> Tensor:
    """Return a vector for each span, 0 for padding.

    Args:
        states: shape: (batch, tokens, channels).
        span_ids: -1 for padding, shape: (batch, tokens).
        spans: number of spans to compute, at least that of the longest sequence.
        pooling: ``max``, ``mean``, or ``attention``, a mean weighted by the softmax of the scores within the span.
        scores: for ``attention``, shape: (batch, tokens, 1).

    Returns:
        Shape: (batch, spans, channels).
    """
    if pooling == "max":
        return largest_in_spans(states, span_ids, spans)
    if pooling == "mean":
        return mean_of_spans(states, span_ids, spans)
    assert scores is not None
    weights = softmax_in_spans(scores, span_ids, spans)  # shape: (batch, tokens, 1)
    return sum_of_spans(states * weights, span_ids, spans).to(states.dtype)


def pool_sequence(states: Tensor, exists: Tensor, pooling: Pooling, scores: Tensor | None = None) -> Tensor:
    """Return a vector for each sequence, 0 for one without spans.

    Args:
        states: shape: (batch, spans, channels).
        exists: False for padding, shape: (batch, spans).
        pooling: as for ``pool_spans``, with the softmax over the sequence.
        scores: for ``attention``, shape: (batch, spans, 1).

    Returns:
        Shape: (batch, channels).
    """
    inside = exists.unsqueeze(-1)  # shape: (batch, spans, 1)
    if pooling == "max":
        lowest = torch.finfo(states.dtype).min
        # The last fill is for a sequence without any span, whose maximum would be the lowest number.
        return states.masked_fill(~inside, lowest).amax(1).masked_fill(~inside.any(1), 0)
    wide = _wide(states).masked_fill(~inside, 0)  # shape: (batch, spans, channels)
    if pooling == "mean":
        return (wide.sum(1) / inside.sum(1).clamp(min=1)).to(states.dtype)
    assert scores is not None
    lowest = torch.finfo(wide.dtype).min
    weights = scores.to(wide.dtype).masked_fill(~inside, lowest).softmax(1)  # shape: (batch, spans, 1)
    return (wide * weights).sum(1).to(states.dtype)


def largest_in_spans(states: Tensor, span_ids: Tensor, spans: int) -> Tensor:
    """Return the maximum within each span, shape: (batch, spans, channels)."""
    batch, _, channels = states.shape
    index = _targets(span_ids, spans).unsqueeze(-1).expand_as(states)  # shape: (batch, tokens, channels)
    # The extra span takes the padding, and is cut off.
    empty = states.new_zeros(batch, spans + 1, channels)
    return empty.scatter_reduce(1, index, states, "amax", include_self=False)[:, :spans]


def max_over_spans(states: Tensor, span_ids: Tensor, spans: int) -> Tensor:
    """Return the ReLU of the maximum within each span, 0 for padding, shape: (batch, spans, channels).

    Args:
        states: shape: (batch, tokens, channels).
        span_ids: -1 for padding, shape: (batch, tokens).
        spans: number of spans to compute, at least that of the longest sequence.
    """
    batch, _, channels = states.shape
    index = _targets(span_ids, spans).unsqueeze(-1).expand_as(states)  # shape: (batch, tokens, channels)
    # The maximum starts from zeros, which makes it a ReLU without a further pass over the states.
    return states.new_zeros(batch, spans + 1, channels).scatter_reduce(1, index, states, "amax")[:, :spans]


def mean_of_spans(states: Tensor, span_ids: Tensor, spans: int) -> Tensor:
    """Return the mean of each span, shape: (batch, spans, channels)."""
    lengths = span_lengths(span_ids, spans).unsqueeze(-1)  # shape: (batch, spans, 1)
    return (sum_of_spans(states, span_ids, spans) / lengths.clamp(min=1)).to(states.dtype)


def sum_of_spans(states: Tensor, span_ids: Tensor, spans: int) -> Tensor:
    """Return the sum of each span in float32 or better, shape: (batch, spans, channels)."""
    wide = _wide(states)
    batch, _, channels = wide.shape
    index = _targets(span_ids, spans).unsqueeze(-1).expand_as(wide)  # shape: (batch, tokens, channels)
    return wide.new_zeros(batch, spans + 1, channels).scatter_add(1, index, wide)[:, :spans]


def span_lengths(span_ids: Tensor, spans: int) -> Tensor:
    """Return the number of tokens of each span, 0 for padding, shape: (batch, spans)."""
    counts = span_ids.new_zeros(span_ids.shape[0], spans + 1)  # the last column is for padding
    return counts.scatter_add(1, _targets(span_ids, spans), torch.ones_like(span_ids))[:, :spans]


def softmax_in_spans(scores: Tensor, span_ids: Tensor, spans: int) -> Tensor:
    """Return the softmax of the scores within each span, shape: (batch, tokens, 1)."""
    wide = _wide(scores)
    target = _targets(span_ids, spans).unsqueeze(-1)  # shape: (batch, tokens, 1)
    slots = wide.new_zeros(wide.shape[0], spans + 1, 1)  # shape: (batch, spans + 1, 1)
    # Subtracting the largest score leaves the softmax unchanged and keeps exp from overflowing.
    highest = slots.scatter_reduce(1, target, wide.detach(), "amax", include_self=False)
    powers = (wide - highest.gather(1, target)).exp()  # shape: (batch, tokens, 1)
    return powers / slots.scatter_add(1, target, powers).gather(1, target)


def span_ends(span_ids: Tensor, spans: int) -> tuple[Tensor, Tensor]:
    """Return the positions of the first and the last token of each span, 0 for padding, shape: (batch, spans)."""
    positions = torch.arange(span_ids.shape[1], device=span_ids.device).expand_as(span_ids)  # shape: (batch, tokens)
    slots = span_ids.new_zeros(span_ids.shape[0], spans + 1)
    target = _targets(span_ids, spans)
    first = slots.scatter_reduce(1, target, positions, "amin", include_self=False)
    last = slots.scatter_reduce(1, target, positions, "amax", include_self=False)
    return first[:, :spans], last[:, :spans]


def _targets(span_ids: Tensor, spans: int) -> Tensor:
    """Return the span ids with ``spans`` in place of -1, shape: (batch, tokens)."""
    return torch.where(span_ids < 0, spans, span_ids)


def _wide(values: Tensor) -> Tensor:
    # Sums of many bfloat16 values lose digits; float64 stays as it is.
    return values.to(torch.promote_types(values.dtype, torch.float32))
