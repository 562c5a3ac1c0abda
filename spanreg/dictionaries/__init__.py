"""Span dictionaries: sets of word n-grams with counts and scores."""

from spanreg.dictionaries.base import SpanDictionary

__all__ = ["SpanDictionary"]
