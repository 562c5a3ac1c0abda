"""Replacement of lone surrogates, which JSON can express and UTF-8 cannot."""

from __future__ import annotations

import re
from typing import Any, Final

SURROGATES: Final = re.compile("[\ud800-\udfff]")
"One surrogate; in a string of Python, every surrogate is a lone one."


def encodable(text: str) -> str:
    """Return a text with each lone surrogate replaced by U+FFFD."""
    # isascii() is immediate, since Python strings record it: most texts are never searched.
    return text if text.isascii() else SURROGATES.sub("\ufffd", text)


def all_encodable(value: Any) -> Any:
    """Return a JSON value with each lone surrogate in its strings replaced by U+FFFD."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, list):
        return [all_encodable(item) for item in value]
    return {encodable(key): all_encodable(item) for key, item in value.items()} if isinstance(value, dict) else value
