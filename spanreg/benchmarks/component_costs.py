"""Compute the cost of model parts at the width of BERT-base: output width, weights, arithmetic."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from spanreg.aggregators.base import Aggregator, AggregatorOutput
from spanreg.fusions.base import Fusion
from spanreg.heads.base import Head
from spanreg.registry import ConfigurationError

DIM, CHANNELS = 768, 256
"Widths of BERT-base and of an aggregator with default options."

BATCH, TOKENS = 16, 128


def component_costs() -> dict[tuple[str, str], tuple[str, str, str]]:
    """Return output width, weights and multiply-adds as text, by family and name of each component."""
    found = {}
    for family, base, extras in (
        ("aggregator", Aggregator, {"dim": DIM, "layers": 2}),
        ("fusion", Fusion, {"dim": DIM, "channels": CHANNELS, "span_channels": CHANNELS}),
        ("head", Head, {"dim": DIM}),
    ):
        for name in base.list_available():
            module = _made(base, name, extras)
            weights = sum(weight.numel() for weight in module.parameters())
            found[family, name] = (_width(module), f"{weights:,}", _spell(_multiply_adds(module), weights))
    return found


def _made(base: Any, name: str, extras: dict[str, Any]) -> nn.Module:
    """Return a component for two labels, or for one if the head is for regression."""
    # Heads for regression reject two labels, all others accept them.
    try:
        module: nn.Module = base.from_params(name, **extras, num_labels=2)
    except ConfigurationError:
        module = base.from_params(name, **extras, num_labels=1)
    return module.eval()


def _width(module: Any) -> str:
    """Return the width of a module's output."""
    if isinstance(module, Head):
        return "labels"
    return str(module.out_dim if isinstance(module, Fusion) else module.channels)


def _multiply_adds(module: nn.Module) -> int:
    """Return the multiply-adds of a forward pass by torch's counter, which does not count an LSTM."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(*_inputs(module))
    # The counter counts a multiplication and an addition as two operations.
    return int(counter.get_total_flops()) // 2


def _inputs(module: nn.Module) -> tuple[Any, ...]:
    """Return inputs whose spans have two tokens."""
    spans = TOKENS // 2
    if isinstance(module, Aggregator):
        ids = torch.arange(spans).repeat_interleave(2).expand(BATCH, TOKENS)
        several = module.segmentations == "several"
        return torch.zeros(BATCH, TOKENS, DIM), torch.stack((ids, ids), 1) if several else ids
    if isinstance(module, Fusion):
        exists = torch.ones(BATCH, spans, dtype=torch.bool)
        aggregated = AggregatorOutput(torch.zeros(BATCH, CHANNELS), torch.zeros(BATCH, spans, CHANNELS), exists)
        return torch.zeros(BATCH, DIM), aggregated
    return (torch.zeros(BATCH, DIM),)


def _spell(count: int, weights: int) -> str:
    if not count:
        return "not counted" if weights else "0"
    return f"{count / 1e6:,.1f} M" if count >= 1e5 else f"{count / 1e3:,.1f} k"
