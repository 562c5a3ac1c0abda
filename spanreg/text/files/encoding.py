"""Byte order marks: the mark of UTF-8 is removed, text in UTF-16 or UTF-32 is rejected."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from spanreg.registry import ConfigurationError

# UTF-32 comes first: the mark of UTF-16-LE is the beginning of that of UTF-32-LE.
_OTHERS: Final = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
_MARKS: Final = (codecs.BOM_UTF8, *_OTHERS)
"All byte order marks that are recognized."


def without_mark(chunks: Iterable[bytes], name: str) -> tuple[int, Iterator[bytes]]:
    """Return a text without its byte order mark.

    Only as much is read as is needed to recognize a mark, so that a line on standard input is available immediately.

    Args:
        chunks: the text, divided anywhere.
        name: name of the text in errors.

    Returns:
        The number of bytes removed, 0 or 3, and the rest of the text.

    Raises:
        ConfigurationError: the text is in UTF-16 or UTF-32.
    """
    # Chunks may be single bytes: read on only while the start may still be the beginning of some mark.
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
    """Return ``UTF-16`` or ``UTF-32`` if a text starts like one, otherwise an empty string."""
    marked = next((name for mark, name in _OTHERS.items() if start.startswith(mark)), "")
    # ASCII in UTF-16 without a mark is valid UTF-8: every second byte is NUL.
    zeros = [byte == 0 for byte in start[:8]]
    alternates = len(zeros) >= 4 and zeros in ([at % 2 == odd for at in range(len(zeros))] for odd in (0, 1))
    return marked or ("UTF-16" if alternates else "")
