"""Fusions."""

from spanreg.fusions.base import Fusion

__all__ = ["Fusion"]
