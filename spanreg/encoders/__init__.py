"""Encoders."""

from spanreg.encoders.base import Encoded, Encoder

__all__ = ["Encoded", "Encoder"]
