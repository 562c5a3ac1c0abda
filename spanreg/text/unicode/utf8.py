"""Operations on UTF-8 text as arrays of bytes: multi-byte characters, words, lower case."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spanreg.text.unicode.characters import (
    APOSTROPHE,
    ASCII_BOUNDARIES,
    ASCII_KINDS,
    CONTEXTUAL,
    CORE,
    DIGIT,
    EXTENDER,
    JOINER,
    LETTER,
    POINT,
    SEPARATOR,
    SYMBOL,
    boundaries_of,
    kinds_of,
    lowers_of,
)

_PART_BYTES: Final = 1 << 18
"Size of the parts in which words are found, in bytes: all arrays of a part stay in the processor's cache."

_Bytes = NDArray[np.uint8]
_Positions = NDArray[np.int64]


class WideCharacters(NamedTuple):
    """Characters of a text that take more than one byte.

    Example: ``wide_characters(np.frombuffer("né".encode(), np.uint8)).codes`` is ``[0xE9]``.
    """

    positions: _Positions
    "Offset of each character's first byte."
    sizes: _Positions
    "Number of bytes, 2 to 4."
    codes: NDArray[np.uint32]
    "Code points."


def wide_characters(text: _Bytes) -> WideCharacters:
    """Return the multi-byte characters of valid UTF-8; encoded surrogates are accepted."""
    return decode_wide(text, np.flatnonzero(text >= 0xC0))


def decode_wide(text: _Bytes, positions: _Positions) -> WideCharacters:
    """Return the multi-byte characters whose first bytes are at the given positions."""
    # The first byte has as many leading ones as the character has bytes; each further byte adds six bits.
    lead = text[positions]
    sizes = 2 + (lead >= 0xE0).astype(np.int64) + (lead >= 0xF0)
    codes = lead.astype(np.uint32) & (0x7F >> sizes).astype(np.uint32)
    for step in range(1, 4):
        inside = sizes > step
        tail = text[positions[inside] + step]
        codes[inside] = codes[inside] << 6 | (tail & 0x3F)
    return WideCharacters(positions, sizes, codes)


def lowered(text: _Bytes, wide: WideCharacters | None = None) -> _Bytes:
    """Return a text in lower case, character by character; every character keeps its place and size.

    Args:
        text: valid UTF-8.
        wide: its multi-byte characters, if known.
    """
    # bytes.lower() changes ASCII letters only, at the speed of a copy. Wide characters are encoded again by hand.
    result = np.frombuffer(bytearray(text.tobytes().lower()), dtype=np.uint8)
    wide = wide_characters(text) if wide is None else wide
    lower = lowers_of(wide.codes)
    changed = np.flatnonzero(lower != wide.codes)
    positions, sizes, codes = wide.positions[changed], wide.sizes[changed], lower[changed]
    for step in range(4):
        inside = sizes > step
        shift = 6 * (sizes[inside] - 1 - step)
        tail = (codes[inside] >> shift.astype(np.uint32)) & 0x3F
        head = codes[inside] >> shift.astype(np.uint32) | (0xF00 >> sizes[inside] & 0xFF)
        result[positions[inside] + step] = head if step == 0 else tail | 0x80
    return result


def boundaries(text: _Bytes, word_starts: _Positions) -> NDArray[np.bool_]:
    """Return which words are boundaries, that is, start with a boundary character."""
    first = text[word_starts]
    result = ASCII_BOUNDARIES[first]
    wide = np.flatnonzero(first >= 0xC0)
    result[wide] = boundaries_of(decode_wide(text, word_starts[wide]).codes)
    return result


def word_bounds(text: _Bytes) -> tuple[_Positions, _Positions]:
    """Return the byte offsets of the first byte of every word, and of the byte after it.

    Words follow the rule in ``spanreg.text.unicode.words``. The text must be valid UTF-8 (surrogates may be encoded)
    and end with a line feed or a space.
    """
    return bounds_in_parts(text, _bounds_of_part)


def bounds_in_parts(
    text: _Bytes, bounds_of_part: Callable[[bytes], tuple[_Positions, _Positions]]
) -> tuple[_Positions, _Positions]:
    """Return the starts and ends of words, found in parts of a text that fit into the processor's cache.

    Args:
        text: text that ends with a line feed or a space, shape: (bytes,).
        bounds_of_part: returns the starts and ends of words in a part, which ends with a line feed or a space.
    """
    starts, ends = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for first, part in _parts(text):
        begins, after = bounds_of_part(part)
        starts.append(first + begins)
        ends.append(first + after)
    return np.concatenate(starts), np.concatenate(ends)


def _parts(text: _Bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the offset and the bytes of parts of a text, divided after line feeds and spaces."""
    # A part ends after white space, so that no word is split. A longer word (encoded data) needs a larger part.
    first, size = 0, _PART_BYTES
    while first < text.size:
        part = text[first : first + size].tobytes()
        cut = 1 + max(part.rfind(b"\n"), part.rfind(b" "))
        if cut:
            yield first, part[:cut]
            first, size = first + cut, _PART_BYTES
        else:
            size *= 2


def _bounds_of_part(data: bytes) -> tuple[_Positions, _Positions]:
    # One kind for each byte. Words start where the kind changes and before every symbol; they end where the next word
    # or a separator starts.
    text = np.frombuffer(data, dtype=np.uint8)
    wide = wide_characters(text)
    kinds = np.frombuffer(bytearray(data.translate(ASCII_KINDS)), dtype=np.uint8)
    wide_kinds = kinds_of(wide.codes)
    _fill(kinds, wide.positions, wide.sizes, wide_kinds)
    joined = _resolve_context(text, kinds, wide, wide_kinds)
    core = kinds & CORE
    separates = core == SEPARATOR
    begins = core == SYMBOL
    begins[1:] |= core[1:] != core[:-1]
    begins[:1] = True
    begins &= ~separates
    begins[joined] = False
    ends = begins | separates
    ends[1:] &= ~separates[:-1]
    ends[:1] = False
    return np.flatnonzero(begins), np.flatnonzero(ends)


def _resolve_context(text: _Bytes, kinds: _Bytes, wide: WideCharacters, wide_kinds: _Bytes) -> _Positions:
    """Replace, in place, the kinds that depend on neighbours; return the bytes at which no word can start."""
    contextual = np.flatnonzero(kinds >= CONTEXTUAL)
    # Continuation bytes have the kind of their character, and never start a word.
    joined = [wide.positions[wide.sizes > step] + step for step in range(1, 4)]
    if contextual.size:
        # Extenders first: an apostrophe joins two letters even if the first one has a combining accent.
        joined += _extend(kinds, wide, wide_kinds)
        for mark, side in ((APOSTROPHE, LETTER), (POINT, DIGIT)):
            narrow = contextual[(kinds[contextual] == mark) & (text[contextual] < 0x80)]
            _join_between(kinds, narrow, np.ones_like(narrow), side)
            which = wide_kinds == mark
            _join_between(kinds, wide.positions[which], wide.sizes[which], side)
    return np.concatenate(joined)


def _extend(kinds: _Bytes, wide: WideCharacters, wide_kinds: _Bytes) -> list[_Positions]:
    """Give extenders the kind of the character that they extend, in place.

    Returns:
        The bytes of extenders, and of the characters after a zero-width joiner.
    """
    which = wide_kinds >= EXTENDER
    positions, sizes = wide.positions[which], wide.sizes[which]
    if not positions.size:
        return []
    after_joiner = (positions + sizes)[wide_kinds[which] == JOINER]
    # A joiner before white space joins nothing: a word never contains a separator.
    after_joiner = after_joiner[kinds[after_joiner] != SEPARATOR]
    # Several extenders may follow one another (an emoji with a modifier and a joiner): the whole run gets the kind of
    # the character before its first one.
    begins_run = np.ones(positions.size, dtype=np.bool_)
    begins_run[1:] = positions[1:] != positions[:-1] + sizes[:-1]
    # For an extender at the start of the text, index -1 reads the last byte, which is a separator.
    extended = kinds[positions[begins_run] - 1]
    is_alone = extended == SEPARATOR
    extended[is_alone] = SYMBOL
    inherited = extended[np.cumsum(begins_run) - 1]
    _fill(kinds, positions, sizes, inherited)
    begins_run[begins_run] = is_alone
    return [positions[~begins_run], after_joiner]


def _join_between(kinds: _Bytes, positions: _Positions, sizes: _Positions, side: int) -> None:
    """Give marks the kind ``side`` if both neighbours have it, in place."""
    between = (kinds[positions - 1] == side) & (kinds[positions + sizes] == side)
    _fill(kinds, positions[between], sizes[between], np.full(np.count_nonzero(between), side, dtype=np.uint8))


def _fill(kinds: _Bytes, positions: _Positions, sizes: _Positions, values: _Bytes) -> None:
    """Set the kinds of all bytes of the characters at ``positions``, in place."""
    for step in range(4):
        inside = sizes > step
        kinds[positions[inside] + step] = values[inside]
