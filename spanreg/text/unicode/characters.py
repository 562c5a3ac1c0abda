"""What each character means to the word rule, in tables that fill as characters are first seen."""

from __future__ import annotations

import unicodedata

import numpy as np
from numpy.typing import NDArray

from spanreg.text.unicode.spellings import varies

CORE = 0b111
"Mask of the bits that decide by themselves whether two neighbouring characters belong together."

SEPARATOR = 0
WORD = 1
FLAG = 2
SYMBOL = 3
LETTER = WORD | 1 << 3
DIGIT = WORD | 1 << 4
APOSTROPHE = SYMBOL | 1 << 5
POINT = SYMBOL | 1 << 6
EXTENDER = 1 << 7
JOINER = EXTENDER | 1 << 6

CONTEXTUAL = 1 << 5
"Kinds from here on mean something only together with their neighbours."

_UNSEEN = 0xFF
_CODE_POINTS = 0x110000

_ZERO_WIDTH_SEPARATORS = frozenset({0x200B, 0xFEFF})
_ZERO_WIDTH_JOINER = 0x200D
_SPECIAL = {
    ord("'"): APOSTROPHE,
    0x2019: APOSTROPHE,
    ord("."): POINT,
    ord(","): POINT,
    _ZERO_WIDTH_JOINER: JOINER,
} | dict.fromkeys(_ZERO_WIDTH_SEPARATORS, SEPARATOR)

_RANGES = (
    (0x1F1E6, 0x1F1FF, FLAG),  # regional indicators
    (0x1F3FB, 0x1F3FF, EXTENDER),  # emoji modifiers
    (0x3041, 0x3096, SYMBOL),  # Hiragana
    (0x309D, 0x309F, SYMBOL),
    (0x1B001, 0x1B11F, SYMBOL),
    (0x1B150, 0x1B152, SYMBOL),
    (0x3005, 0x3005, SYMBOL),  # Han
    (0x3007, 0x3007, SYMBOL),
    (0x3021, 0x3029, SYMBOL),
    (0x3038, 0x303B, SYMBOL),
    (0x3400, 0x4DBF, SYMBOL),
    (0x4E00, 0x9FFF, SYMBOL),
    (0xF900, 0xFAFF, SYMBOL),
    (0x20000, 0x3FFFF, SYMBOL),
)

_CATEGORIES = {
    "Nd": DIGIT,
    "Nl": WORD,
    "No": WORD,
    "Pc": WORD,
    "Cc": SEPARATOR,
    "Cf": EXTENDER,
}
_MAJOR_CATEGORIES = {"L": LETTER, "M": EXTENDER, "Z": SEPARATOR}

_SENTENCE_FINAL = ".!?…‥‽⁇⁈⁉։؟۔।॥።፧။།。．｡！？"
_COMMA_LIKE = ",;:\u037e،؛፣፤፥、，､；："
_DASHES = "–—―⸺⸻"
_DOUBLE_QUOTES = '"＂'
_BRACKETS_AND_QUOTES = frozenset({"Ps", "Pe", "Pi", "Pf"})
_SINGLE_QUOTES = "‘’‚‛"
_BOUNDARIES = frozenset(_SENTENCE_FINAL + _COMMA_LIKE + _DASHES + _DOUBLE_QUOTES)


def kind_of(code: int) -> int:
    """Kind of one code point, by the word rule that ``spanreg.text.unicode.words`` documents."""
    special = _SPECIAL.get(code)
    if special is not None:
        return special
    for first, last, kind in _RANGES:
        if first <= code <= last:
            return kind
    category = unicodedata.category(chr(code))
    return _CATEGORIES.get(category, _MAJOR_CATEGORIES.get(category[0], SYMBOL))


def lower_of(code: int) -> int:
    """Lower case of one code point, where that is one code point with as many UTF-8 bytes; otherwise itself."""
    lower = chr(code).lower()
    if len(lower) != 1 or utf8_size(ord(lower)) != utf8_size(code):
        return code
    return ord(lower)


def is_boundary(code: int) -> bool:
    """Whether no n-gram crosses a word that begins with this code point."""
    character = chr(code)
    if character in _SINGLE_QUOTES:
        return False  # more often an apostrophe
    return character in _BOUNDARIES or unicodedata.category(character) in _BRACKETS_AND_QUOTES


def utf8_size(code: int) -> int:
    """Bytes that a code point takes in UTF-8."""
    return 1 + (code >= 0x80) + (code >= 0x800) + (code >= 0x10000)


class _Tables:
    """Kinds, lower case and boundaries of all code points; an entry is computed when its character is first asked for.

    Asking Unicode's database for all 1.1 million code points takes a tenth of a second; texts use a few hundred. Two
    threads that fill the same entry write the same values.
    """

    def __init__(self) -> None:
        self.kinds = np.full(_CODE_POINTS, _UNSEEN, dtype=np.uint8)
        self.lower = np.zeros(_CODE_POINTS, dtype=np.uint32)
        self.boundary = np.zeros(_CODE_POINTS, dtype=np.bool_)
        self.varies = np.zeros(_CODE_POINTS, dtype=np.bool_)

    def fill(self, codes: NDArray[np.uint32]) -> None:
        unseen = codes[self.kinds[codes] == _UNSEEN]
        for code in np.unique(unseen).tolist():
            self.lower[code] = lower_of(code)
            self.boundary[code] = is_boundary(code)
            self.varies[code] = varies(code)
            self.kinds[code] = kind_of(code)


_tables = _Tables()

ASCII_KINDS = bytes(kind_of(code) if code < 0x80 else SEPARATOR for code in range(256))
"Translation table from bytes to kinds; only its ASCII half means something."

ASCII_BOUNDARIES = np.array([code < 0x80 and is_boundary(code) for code in range(256)], dtype=np.bool_)
"Which bytes are boundaries; only its ASCII half means something."


def kinds_of(codes: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Kinds of many code points, same shape."""
    _tables.fill(codes)
    return _tables.kinds[codes]


def lowers_of(codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Lower case of many code points, same shape."""
    _tables.fill(codes)
    return _tables.lower[codes]


def boundaries_of(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which code points are boundaries, same shape."""
    _tables.fill(codes)
    return _tables.boundary[codes]


def varying(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Return which code points may give a word another spelling, same shape."""
    _tables.fill(codes)
    return _tables.varies[codes]
