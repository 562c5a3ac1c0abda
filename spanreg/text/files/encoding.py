"""Byte order marks: that of UTF-8 is no part of a text, and text in UTF-16 or UTF-32 is refused."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from spanreg.registry import ConfigurationError

# The marks of UTF-32 come first: that of UTF-16 begins one of them.
_OTHERS: Final = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
_MARKS: Final = (codecs.BOM_UTF8, *_OTHERS)


def without_mark(chunks: Iterable[bytes], name: str) -> tuple[int, Iterator[bytes]]:
    """Take the byte order mark off a text.

    No more is read than is needed to know whether there is one, so that a line on standard input is at hand at once.

    Args:
        chunks: the text, cut anywhere.
        name: what errors call it.

    Returns:
        The number of bytes that were taken off, 0 or 3, and the rest of the text.

    Raises:
        ConfigurationError: the text is in UTF-16 or UTF-32.
    """
    rest = iter(chunks)
    start = next(rest, b"")
    while any(len(start) < len(mark) and mark.startswith(start) for mark in _MARKS) and (more := next(rest, b"")):
        start += more
    encoding = _other_encoding(start)
    if encoding:
        raise ConfigurationError(f"is text in {encoding}", hint="convert it to UTF-8", file=name)
    text = start.removeprefix(codecs.BOM_UTF8)
    return len(start) - len(text), chain([text], rest)


def _other_encoding(start: bytes) -> str:
    """Return ``UTF-16`` or ``UTF-32`` where a text begins so, otherwise an empty string."""
    marked = next((name for mark, name in _OTHERS.items() if start.startswith(mark)), "")
    # ASCII in UTF-16 without a mark is valid UTF-8: every second byte is NUL.
    zeros = [byte == 0 for byte in start[:8]]
    alternates = len(zeros) >= 4 and zeros in ([at % 2 == odd for at in range(len(zeros))] for odd in (0, 1))
    return marked or ("UTF-16" if alternates else "")
