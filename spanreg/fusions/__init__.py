"""Fusions: sentence vector and span information to one representation."""

from spanreg.fusions.base import Fusion

__all__ = ["Fusion"]
