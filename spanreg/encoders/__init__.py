"""Encoders: text to token vectors and a sentence vector."""

from spanreg.encoders.base import Encoded, Encoder, EncoderOutput

__all__ = ["Encoded", "Encoder", "EncoderOutput"]
