"""What every aggregator asks of span ids: are they sound, how many spans are there."""

from __future__ import annotations

import torch
from torch import Tensor


def check_span_ids(span_ids: Tensor, attention_mask: Tensor, layers: int = 1) -> None:
    """Holds span ids to the law: 0, 1, 2, ... in steps of 0 or 1 over the tokens, -1 on padding and there only.

    Of several segmentations each must keep it.

    On the CPU this costs some ten microseconds. Elsewhere, and while a model is compiled or exported, nothing is looked
    at, since an answer would stop the device; there the check of the collator, which works on the CPU, is the one that
    counts.

    Args:
        span_ids: shape: (batch, tokens), of several segmentations (batch, layers, tokens).
        attention_mask: 1 for tokens, 0 for padding, shape: (batch, tokens).
        layers: number of segmentations; default 1.

    Raises:
        ValueError: the shape is another, or the law is broken; names the first such row.
    """
    batch, tokens = attention_mask.shape
    if span_ids.shape != ((batch, tokens) if layers == 1 else (batch, layers, tokens)):
        of_layers = f" in {layers} segmentations" if layers > 1 else ""
        raise ValueError(f"span ids have shape {tuple(span_ids.shape)}, the tokens {(batch, tokens)}{of_layers}")
    if span_ids.device.type != "cpu" or torch.compiler.is_compiling() or not span_ids.numel():
        return
    sound = _sound_rows(span_ids, attention_mask if layers == 1 else attention_mask.unsqueeze(1))
    if not bool(sound.all()):
        row = int((~sound).nonzero()[0][0])
        raise ValueError(
            f"span ids do not partition the tokens of row {row}: {span_ids[row].tolist()}. "
            "Count from 0 in steps of 0 or 1, and give -1 to padding"
        )


def _sound_rows(span_ids: Tensor, attention_mask: Tensor) -> Tensor:
    """Which rows keep the law, in each segmentation, shape: that of the span ids without the tokens."""
    inside = span_ids >= 0
    steps = span_ids.diff(dim=-1, prepend=torch.full_like(span_ids[..., :1], -1))
    begins = inside & (steps == 1)
    allowed = torch.where(inside, (steps == 0) | begins, span_ids == -1)
    padded = inside == attention_mask.bool()
    # A gap of padding inside a sequence would let the count start anew: then there are more beginnings than spans.
    counted = begins.sum(-1) == span_ids.amax(-1) + 1
    return (allowed & padded).all(-1) & counted


def span_count(span_ids: Tensor) -> int:
    """A number of spans that holds those of every sequence of the batch.

    On the CPU the largest number itself. Elsewhere, and while a model is compiled or exported, the number of tokens,
    which bounds it: to count would stop the device, or make a shape hang on data.
    """
    if span_ids.device.type != "cpu" or torch.compiler.is_compiling() or not span_ids.numel():
        return span_ids.shape[1]
    return int(span_ids.amax()) + 1


def span_mask(span_ids: Tensor, spans: int) -> Tensor:
    """Which spans exist, shape: (batch, spans)."""
    last = span_ids.amax(1, keepdim=True)  # shape: (batch, 1)
    return torch.arange(spans, device=span_ids.device) <= last


def max_over_spans(states: Tensor, span_ids: Tensor, spans: int) -> Tensor:
    """ReLU of the largest value within each span, shape: (batch, spans, channels).

    The ReLU costs nothing: its smallest value, 0, is what the maximum begins with. Spans that do not exist are 0.

    Args:
        states: shape: (batch, tokens, channels).
        span_ids: -1 for padding, shape: (batch, tokens).
        spans: at least the number of spans of every sequence.
    """
    batch, _, channels = states.shape
    # Padding goes to one more span, which is cut off again.
    target = torch.where(span_ids < 0, spans, span_ids)  # shape: (batch, tokens)
    index = target.unsqueeze(-1).expand_as(states)
    largest = states.new_zeros(batch, spans + 1, channels).scatter_reduce(1, index, states, "amax")
    return largest[:, :spans]  # shape: (batch, spans, channels)
