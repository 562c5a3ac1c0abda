"""Word rules."""

from spanreg.words.base import WordRule

__all__ = ["WordRule"]
