"""Words that look like a text but differ from it, for hints in error messages."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from typing import Final

# From the least visible difference to the most: the first one that explains two texts is named.
_DIFFERENCES: Final[dict[str, Callable[[str], str]]] = {
    "its Unicode normal form": lambda text: unicodedata.normalize("NFC", text),
    "blanks": lambda text: "".join(text.split()),
    "upper and lower case": str.casefold,
    "the width or shape of its characters": lambda text: unicodedata.normalize("NFKC", text),
}
"Kinds of differences, and functions that remove them."


def find_look_alike(text: str, words: Iterable[str]) -> tuple[str, str] | None:
    """Return a word that looks like a text but differs from it, and the kind of difference; None without one.

    >>> find_look_alike("Pos", ["neg", "pos"])
    ('pos', 'upper and lower case')
    """
    for difference, without in _DIFFERENCES.items():
        for word in words:
            if word != text and without(word) == without(text):
                return word, difference
    return None
