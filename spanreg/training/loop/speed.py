"""Faster training steps on the CPU, with the same formulas."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import torch
from torch import nn

from spanreg.model import SpanModel
from spanreg.training.loop.attention import NAME
from spanreg.training.loop.dropout import FastDropout

_REPLACED: Final = "sdpa"
"The attention that is replaced: transformers' default. Any other one is a choice of the user."


@contextmanager
def fast_steps(model: SpanModel, device: torch.device) -> Iterator[None]:
    """Use our CPU dropout and attention within the block.

    Weights, their names and the formulas stay the same; other values are dropped than with torch's dropout. The model
    is as before after the block.

    Args:
        model: changed in place.
        device: where the steps are computed; on other devices than the CPU nothing changes.
    """
    if device.type != "cpu":
        yield
        return
    # The exact type, because a subclass may compute something else.
    dropouts = [module for module in model.modules() if type(module) is nn.Dropout]
    backbone = model.encoder.backbone
    # transformers has no public name for these two; the setter below is public.
    attends = backbone._supports_attention_backend and backbone.config._attn_implementation == _REPLACED
    try:
        for dropout in dropouts:
            # A new module would have to be put into each parent, and would lose hooks.
            dropout.__class__ = FastDropout
        if attends:
            backbone.set_attn_implementation(NAME)
        yield
    finally:
        for dropout in dropouts:
            dropout.__class__ = nn.Dropout
        if attends:
            backbone.set_attn_implementation(_REPLACED)
