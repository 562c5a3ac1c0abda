"""Validation and counting of span ids."""

from __future__ import annotations

import torch
from torch import Tensor


def check_span_ids(span_ids: Tensor, attention_mask: Tensor, layers: int = 1) -> None:
    """Check that span ids start at 0, increase by 0 or 1 from token to token, and are -1 exactly on padding.

    With several segmentations, each is checked. Only ids on the CPU are checked, and none while a model is compiled or
    exported: reading a result would synchronise the device. The collator checks every batch on the CPU.

    Args:
        span_ids: shape: (batch, tokens), or (batch, layers, tokens) for several segmentations.
        attention_mask: 1 for tokens, 0 for padding, shape: (batch, tokens).
        layers: number of segmentations; default 1.

    Raises:
        ValueError: the shape does not match, or a row breaks the rule; the message names the first such row.
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
    """Return True for each valid row, shape: that of the span ids without the last dimension."""
    inside = span_ids >= 0
    # A virtual id of -1 before the first token makes the first span begin with a step of 1, as all others do.
    steps = span_ids.diff(dim=-1, prepend=torch.full_like(span_ids[..., :1], -1))  # shape: that of span_ids
    begins = inside & (steps == 1)  # True for the first token of each span
    allowed = torch.where(inside, (steps == 0) | begins, span_ids == -1)
    padded = inside == attention_mask.bool()
    # Padding inside a sequence would restart the count: then more spans begin than the largest id allows.
    counted = begins.sum(-1) == span_ids.amax(-1) + 1  # shape: (batch,) or (batch, layers)
    return (allowed & padded).all(-1) & counted


def span_count(span_ids: Tensor) -> int:
    """Return the number of span vectors to compute: at least the number of spans of every sequence of the batch.

    On the CPU it is the largest number of spans. Elsewhere, and while a model is compiled or exported, it is the number
    of tokens, an upper bound: counting would synchronise the device, or make a shape depend on data.
    """
    if span_ids.device.type != "cpu" or torch.compiler.is_compiling() or not span_ids.numel():
        return span_ids.shape[1]
    return int(span_ids.amax()) + 1


def span_mask(span_ids: Tensor, spans: int) -> Tensor:
    """Return True for real spans and False for padding, shape: (batch, spans)."""
    last = span_ids.amax(1, keepdim=True)  # shape: (batch, 1)
    return torch.arange(spans, device=span_ids.device) <= last
