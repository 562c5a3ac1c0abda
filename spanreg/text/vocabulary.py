"""Exact map from words to numbers, for all words of a text at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from spanreg.text.key_table import KeyTable

UNKNOWN: Final = -1
"Code of a word that is not in the vocabulary."

LONGEST_WORD: Final = 255
"Length in bytes above which a word is never in a vocabulary: longer ones are encoded data and the like."

_AT_ONCE: Final = 1 << 18
"Number of words looked up together: small enough for the processor's cache, large enough for NumPy to be efficient."

_LIMB: Final = 8
"Number of bytes of a limb."
_MASKS: Final = np.array([(1 << 8 * size) - 1 for size in range(_LIMB + 1)], dtype=np.uint64)
"Masks of the lowest 0 to 8 bytes."

_LOW, _HIGH = np.uint64(0xFFFFFFFF), np.uint64(32)

_ZERO, _HELD_ZERO = b"\0", b"\xff"
"A zero byte, and the byte that is stored in its place."

_Look = Callable[[KeyTable, NDArray[np.uint64]], NDArray[np.int32]]


class Vocabulary:
    """Assigns a code, a non-negative number, to every distinct word, and looks words up.

    A word's UTF-8 form is divided into limbs of eight bytes; each limb is a 64-bit number and therefore an exact key. A
    word of one limb is represented by the id of that limb, a longer word by a chain of pairs (code so far, next limb).
    So a word is never hashed as a whole, and two words never share a code; no Python string is made for any of them.
    Codes of single limbs are even, codes of pairs odd. A zero byte, which could be confused with padding, is stored as
    0xFF, which does not occur in UTF-8.

    Example: ``Vocabulary().intern(text, starts, ends)``.
    """

    def __init__(self) -> None:
        self._limbs = KeyTable()
        self._pairs = KeyTable()

    @property
    def codes(self) -> int:
        """Upper bound of the codes: every code is smaller."""
        return 2 * max(len(self._limbs), len(self._pairs))

    def find(self, text: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the codes of the words of a text in UTF-8, shape: (words,).

        A word that was never added gets ``UNKNOWN`` or, if it is the beginning of longer words, a code that no added
        word has.
        """
        return self._codes(text, starts, ends, KeyTable.find)

    def intern(self, text: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the codes of words, ``UNKNOWN`` for those longer than 255 bytes, and add new words; as ``find``."""
        return self._codes(text, starts, ends, KeyTable.intern)

    def spell(self, codes: NDArray[np.int64]) -> list[str]:
        """Return the words with the given codes, in the same order."""
        # Chains are followed from their last limb to the first, all words at once: a column is put in front of the tail
        # in every round, and words whose first limb is reached drop out.
        words = [""] * codes.size
        places, heads, tail = np.arange(codes.size), codes, np.empty((codes.size, 0), dtype=np.uint64)
        while places.size:
            ends = heads & 1 == 0
            spelt = np.column_stack([self._limbs.keys[heads[ends] >> 1], tail[ends]]).astype("<u8")
            rows = spelt.view(f"S{_LIMB * spelt.shape[1]}").ravel().tolist()  # bytes without trailing zeros
            for place, word in zip(places[ends].tolist(), rows, strict=True):
                words[place] = word.replace(_HELD_ZERO, _ZERO).decode("utf-8", "surrogatepass")
            pairs = self._pairs.keys[heads[~ends] >> 1]
            limbs = self._limbs.keys[(pairs & _LOW).view(np.int64)]
            places, tail = places[~ends], np.column_stack([limbs, tail[~ends]])
            heads = (pairs >> _HIGH).view(np.int64)
        return words

    def _codes(
        self, text: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64], look: _Look
    ) -> NDArray[np.int64]:
        # Padded with zeros so that reading two whole limbs from the last word on stays inside the array.
        padded = np.zeros((text.size // _LIMB + 2) * _LIMB, dtype=np.uint8)
        padded[: text.size] = text
        if text.size and not text.min():
            padded[np.flatnonzero(text == 0)] = _HELD_ZERO[0]
        aligned = padded.view("<u8")
        codes = np.empty(starts.size, dtype=np.int64)
        for first in range(0, starts.size, _AT_ONCE):
            part = slice(first, first + _AT_ONCE)
            codes[part] = self._codes_of_part(aligned, starts[part], ends[part], look)
        return codes

    def _codes_of_part(
        self, aligned: NDArray[np.uint64], starts: NDArray[np.int64], ends: NDArray[np.int64], look: _Look
    ) -> NDArray[np.int64]:
        lengths = ends - starts
        codes = _even(look(self._limbs, _limbs(aligned, starts, lengths)))
        # All longer words advance by one limb per round; those that are finished or unknown drop out.
        longer = np.flatnonzero(lengths > _LIMB)
        too_long = lengths[longer] > LONGEST_WORD
        codes[longer[too_long]] = UNKNOWN
        longer = longer[~too_long]
        for done in range(_LIMB, LONGEST_WORD, _LIMB):
            longer = longer[(lengths[longer] > done) & (codes[longer] != UNKNOWN)]
            if not longer.size:
                break
            limbs = look(self._limbs, _limbs(aligned, starts[longer] + done, lengths[longer] - done))
            pairs = look(self._pairs, (codes[longer] << 32 | limbs).view(np.uint64))
            # An unknown limb, -1, makes a key of ones, which may not be looked up as a pair.
            codes[longer] = np.where(limbs < 0, UNKNOWN, _even(pairs) | 1)
        return codes


def _even(ids: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return twice each id; -1, for a missing id, stays -1."""
    codes = ids.astype(np.int64)
    return codes << 1 | codes >> 63  # the shifted sign is 0, or -1, all ones, for a missing id


def _limbs(aligned: NDArray[np.uint64], starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return up to eight bytes from each start on as 64-bit numbers, padded with zeros."""
    # Words start anywhere, arrays of 64-bit numbers are read at multiples of 8 only: each limb is put together from two
    # aligned reads. The operations work in place, since allocating arrays would take most of the time.
    places = starts >> 3
    shifts = ((starts & 7) << 3).view(np.uint64)
    limbs = aligned.take(places)
    limbs >>= shifts
    places += 1
    rest = aligned.take(places)
    rest <<= np.uint64(1)  # in two steps: shifting a number by all of its 64 bits is undefined
    shifts ^= np.uint64(63)
    rest <<= shifts
    limbs |= rest
    limbs &= _MASKS.take(lengths, mode="clip")
    return limbs
