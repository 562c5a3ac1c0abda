"""Word rules: where the words of a text begin and end."""

from spanreg.words.base import WordRule

__all__ = ["WordRule"]
