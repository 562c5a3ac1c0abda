"""Heads."""

from spanreg.heads.base import Head, Scored

__all__ = ["Head", "Scored"]
