"""What makes a training step fast on the CPU without changing what is learned."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import torch
from torch import nn

from spanreg.model import SpanModel
from spanreg.training.loop.attention import NAME
from spanreg.training.loop.dropout import Dropout

_REPLACED: Final = "sdpa"
"The attention that is replaced: transformers' default. Another one was chosen by somebody."


@contextmanager
def fast_steps(model: SpanModel, device: torch.device) -> Iterator[None]:
    """Lets the model drop out and attend by the forms of this package while the block runs; only on the CPU.

    Weights, their names and the formulas stay as they are; which values are dropped does not. Nothing of it is saved
    with the model, and nothing is left after the block.

    Args:
        model: changed in place.
        device: where the steps happen; elsewhere than on the CPU the block just runs.
    """
    if device.type != "cpu":
        yield
        return
    dropouts = [module for module in model.modules() if type(module) is nn.Dropout]
    backbone = model.encoder.backbone
    attends = backbone._supports_attention_backend and backbone.config._attn_implementation == _REPLACED
    try:
        for dropout in dropouts:
            dropout.__class__ = Dropout
        if attends:
            backbone.set_attn_implementation(NAME)
        yield
    finally:
        for dropout in dropouts:
            dropout.__class__ = nn.Dropout
        if attends:
            backbone.set_attn_implementation(_REPLACED)
