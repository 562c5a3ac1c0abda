"""Heads."""

from spanreg.heads.base import IGNORED, Head, Scored

__all__ = ["IGNORED", "Head", "Scored"]
