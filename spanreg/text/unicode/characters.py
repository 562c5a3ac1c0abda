"""Kinds of characters in the word rule ``words-1``, in tables that are filled when a character is first seen."""

from __future__ import annotations

import unicodedata

import numpy as np
from numpy.typing import NDArray

from spanreg.text.unicode.spellings import may_vary_in_spelling

CORE = 0b111
"Mask of the bits that decide whether two neighbouring characters belong to one word, regardless of others."

# A kind is one byte. The low three bits decide what joins: equal values join, except SYMBOL. The bits above mark the
# kinds that have to be looked at again with their neighbours, so that one comparison with CONTEXTUAL finds all of them.
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
"Kinds from this value on depend on the neighbouring characters."

_UNSEEN = 0xFF
_CODE_POINTS = 0x110000

# Unicode has them in category Cf, with the extenders. But U+200B marks word boundaries in scripts without spaces, and
# U+FEFF is a byte order mark that was left inside a text.
_ZERO_WIDTH_SEPARATORS = frozenset({0x200B, 0xFEFF})
_ZERO_WIDTH_JOINER = 0x200D
_SPECIAL = {
    ord("'"): APOSTROPHE,
    0x2019: APOSTROPHE,
    ord("."): POINT,
    ord(","): POINT,
    _ZERO_WIDTH_JOINER: JOINER,
} | dict.fromkeys(_ZERO_WIDTH_SEPARATORS, SEPARATOR)

# Exceptions to the categories. Regional indicators and emoji modifiers are symbols to Unicode; Hiragana and Han are
# letters, but written without spaces between words, so that each character is a word.
_RANGES = (
    (0x1F1E6, 0x1F1FF, FLAG),  # regional indicators
    (0x1F3FB, 0x1F3FF, EXTENDER),  # emoji modifiers
    (0x3041, 0x3096, SYMBOL),  # Hiragana
    (0x309D, 0x309F, SYMBOL),  # Hiragana iteration marks and the digraph yori
    (0x1B001, 0x1B11F, SYMBOL),  # historic Hiragana
    (0x1B150, 0x1B152, SYMBOL),  # small Hiragana
    (0x3005, 0x3005, SYMBOL),  # Han iteration mark
    (0x3007, 0x3007, SYMBOL),  # Han zero
    (0x3021, 0x3029, SYMBOL),  # Hangzhou numerals 1 to 9
    (0x3038, 0x303B, SYMBOL),  # Hangzhou numerals 10 to 30, vertical iteration mark
    (0x3400, 0x4DBF, SYMBOL),  # Han, extension A
    (0x4E00, 0x9FFF, SYMBOL),  # Han
    (0xF900, 0xFAFF, SYMBOL),  # Han, compatibility ideographs
    (0x20000, 0x3FFFF, SYMBOL),  # Han, planes 2 and 3, where new extensions are added
)

# "No" are superscripts and fractions, "Pc" is the underscore and its like: both continue a word, as in "m²" and "a_b".
_CATEGORIES = {
    "Nd": DIGIT,
    "Nl": WORD,
    "No": WORD,
    "Pc": WORD,
    "Cc": SEPARATOR,
    "Cf": EXTENDER,
}
_MAJOR_CATEGORIES = {"L": LETTER, "M": EXTENDER, "Z": SEPARATOR}

# Listed by hand: Unicode has a property for sentence-final marks, but Python's unicodedata does not.
_SENTENCE_FINAL = ".!?…‥‽⁇⁈⁉։؟۔।॥።፧။།。．｡！？"
_COMMA_LIKE = ",;:\u037e،؛፣፤፥、，､；："
_DASHES = "–—―⸺⸻"
_DOUBLE_QUOTES = '"＂'
_BRACKETS_AND_QUOTES = frozenset({"Ps", "Pe", "Pi", "Pf"})
_SINGLE_QUOTES = "‘’‚‛"
_BOUNDARIES = frozenset(_SENTENCE_FINAL + _COMMA_LIKE + _DASHES + _DOUBLE_QUOTES)


def kind_of(code: int) -> int:
    """Return the kind of one code point, by the word rule described in ``spanreg.text.unicode.words``."""
    special = _SPECIAL.get(code)
    if special is not None:
        return special
    # Fourteen ranges are searched one by one: the result is stored, so that each code point is looked up once.
    for first, last, kind in _RANGES:
        if first <= code <= last:
            return kind
    category = unicodedata.category(chr(code))
    return _CATEGORIES.get(category, _MAJOR_CATEGORIES.get(category[0], SYMBOL))


def lower_of(code: int) -> int:
    """Return the lower case of one code point if it is one code point of the same UTF-8 size; otherwise the code."""
    # Texts are lower-cased in place, as arrays of bytes: offsets of words must stay valid.
    lower = chr(code).lower()
    if len(lower) != 1 or utf8_size(ord(lower)) != utf8_size(code):
        return code
    return ord(lower)


def is_boundary(code: int) -> bool:
    """Return whether n-grams never contain a word that starts with this code point."""
    character = chr(code)
    if character in _SINGLE_QUOTES:
        return False  # they are apostrophes more often than quotation marks
    return character in _BOUNDARIES or unicodedata.category(character) in _BRACKETS_AND_QUOTES


def utf8_size(code: int) -> int:
    """Return the number of bytes of a code point in UTF-8."""
    return 1 + (code >= 0x80) + (code >= 0x800) + (code >= 0x10000)


class _Tables:
    """Kinds, lower case and boundaries of all code points; an entry is computed when it is first needed.

    Looking up all 1.1 million code points in Unicode's database takes a tenth of a second; texts use a few hundred. Two
    threads that fill the same entry write the same values, so no lock is needed.
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
            self.varies[code] = may_vary_in_spelling(code)
            # Last, since it marks the entry as filled for other threads.
            self.kinds[code] = kind_of(code)


_tables = _Tables()

ASCII_KINDS = bytes(kind_of(code) if code < 0x80 else SEPARATOR for code in range(256))
"Translation table from bytes to kinds; only the ASCII half is used."

ASCII_BOUNDARIES = np.array([code < 0x80 and is_boundary(code) for code in range(256)], dtype=np.bool_)
"Whether each byte is a boundary; only the ASCII half is used."


def kinds_of(codes: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Return the kinds of code points, same shape."""
    _tables.fill(codes)
    return _tables.kinds[codes]


def lowers_of(codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return the lower case of code points, same shape."""
    _tables.fill(codes)
    return _tables.lower[codes]


def boundaries_of(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Return which code points are boundaries, same shape."""
    _tables.fill(codes)
    return _tables.boundary[codes]


def varying(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Return which code points may change the spelling of a word, same shape."""
    _tables.fill(codes)
    return _tables.varies[codes]
