"""The number format of matrix products."""

from __future__ import annotations

import logging
from typing import Literal

import torch

from spanreg.registry import ConfigurationError

logger = logging.getLogger(__name__)

Precision = Literal["fp32", "bf16", "fp16"]

DTYPES: dict[Precision, torch.dtype] = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}

# The first generation of GPUs with bf16 tensor cores; on older ones bf16 is emulated, and slow.
_AMPERE = (8, 0)


def training_device() -> torch.device:
    """Return the device of training and inference: the current GPU, or the CPU."""
    return torch.device("cuda", torch.cuda.current_device()) if torch.cuda.is_available() else torch.device("cpu")


def computes_in_bf16(device: torch.device) -> bool:
    """Return whether the device has bf16 matrix instructions, so that bf16 is faster than fp32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported() and torch.cuda.get_device_capability(device) >= _AMPERE
    if device.type == "cpu":
        found = torch.cpu.get_capabilities()
        return any(found.get(name, False) for name in ("amx_bf16", "avx512_bf16", "bf16", "arm_bf16"))
    return False


def resolve_precision(requested: Literal["auto", "fp32", "bf16", "fp16"], device: torch.device) -> Precision:
    """Return the precision of a run on a device; warn if the device emulates it.

    Raises:
        ConfigurationError: fp16 on a CPU.
    """
    # bf16 has the exponents of float32, so that gradients need no loss scaling; fp16, as fast on a GPU, does need it.
    if requested == "auto":
        return "bf16" if computes_in_bf16(device) else "fp32"
    # Without the loss scaling of a GPU, fp16 would lose small gradients.
    if requested == "fp16" and device.type == "cpu":
        raise ConfigurationError(
            "fp16 needs a GPU, and this machine has none that torch can see",
            path="training.precision",
            hint="set 'auto', 'bf16' or 'fp32'",
        )
    if requested == "bf16" and not computes_in_bf16(device):
        # A config from a newer machine: torch computes the same products on this one, but not as matrix products.
        logger.warning(
            "training.precision: this machine has no bf16 instructions, so bf16 takes several times as long as fp32. "
            "set 'auto' or 'fp32', unless the results must be those of bf16"
        )
    return requested


def autocast(precision: Precision, device: torch.device) -> torch.autocast:
    """Return a context in which matrix products are computed in the precision; weights stay in float32."""
    enabled = precision != "fp32"
    return torch.autocast(device.type, dtype=DTYPES[precision] if enabled else None, enabled=enabled)
