"""Span dictionaries."""

from spanreg.dictionaries.base import SpanDictionary

__all__ = ["SpanDictionary"]
