"""Forms of one text in Unicode: what two spellings that look alike differ in."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from typing import Final

_DIFFERENCES: Final[dict[str, Callable[[str], str]]] = {
    "its Unicode normal form": lambda text: unicodedata.normalize("NFC", text),
    "blanks": lambda text: "".join(text.split()),
    "upper and lower case": str.casefold,
    "the width or shape of its characters": lambda text: unicodedata.normalize("NFKC", text),
}
"What may differ, and how it is levelled."


def unlike(text: str, words: Iterable[str]) -> tuple[str, str] | None:
    """Return a word that looks like a text and is not, and what the two differ in; None where there is none.

    >>> unlike("Pos", ["neg", "pos"])
    ('pos', 'upper and lower case')
    """
    for what, level in _DIFFERENCES.items():
        for word in words:
            if word != text and level(word) == level(text):
                return word, what
    return None
