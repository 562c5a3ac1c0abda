"""Word rules: the family that decides where the words of a text begin and end."""

from spanreg.words.base import WordRule

__all__ = ["WordRule"]
