"""Halves of surrogate pairs, which JSON can spell and UTF-8 cannot hold."""

from __future__ import annotations

import re
from typing import Any, Final

SURROGATES: Final = re.compile("[\ud800-\udfff]")


def encodable(text: str) -> str:
    """The text with each lone surrogate replaced by U+FFFD."""
    return text if text.isascii() else SURROGATES.sub("\ufffd", text)


def all_encodable(value: Any) -> Any:
    """A JSON value with each lone surrogate of its strings replaced."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, list):
        return [all_encodable(item) for item in value]
    return {encodable(key): all_encodable(item) for key, item in value.items()} if isinstance(value, dict) else value
