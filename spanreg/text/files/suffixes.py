"""Suffixes of file names."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_COMPRESSED: Final = (".gz", ".zst")


def content_suffix(path: Path) -> str:
    """Return the last suffix of a name in lower case, not counting that of a compression; an empty string without one.

    >>> content_suffix(Path("news.JSONL.GZ"))
    '.jsonl'
    """
    suffixes = [suffix for suffix in map(str.lower, path.suffixes) if suffix not in _COMPRESSED]
    return suffixes[-1] if suffixes else ""
