"""Optimisers."""

from spanreg.optimizers.base import Optimizer

__all__ = ["Optimizer"]
