"""Heads: representations to logits and a loss."""

from spanreg.heads.base import IGNORED, Head, HeadOutput, Scored

__all__ = ["IGNORED", "Head", "HeadOutput", "Scored"]
