"""Optimizers: how weights follow their gradients."""

from spanreg.optimizers.base import Optimizer

__all__ = ["Optimizer"]
