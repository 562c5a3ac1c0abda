"""An exact map from words to numbers, for all words of a text at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from spanreg.text.key_table import KeyTable

UNKNOWN: Final = -1
"Code of a word that is certainly not in the vocabulary."

LONGEST_WORD: Final = 255
"Bytes; a longer word is never in a vocabulary. Such things are encoded data and the like."

_LIMB: Final = 8
_MASKS = np.array([(1 << 8 * size) - 1 for size in range(_LIMB + 1)], dtype=np.uint64)

_Look = Callable[[KeyTable, NDArray[np.uint64]], NDArray[np.int32]]


class Vocabulary:
    """Gives every distinct word a code, a non-negative number, and finds it again.

    A word is cut into limbs of eight bytes of its UTF-8 form; each limb is a 64-bit number and so an exact key (a word
    contains no zero byte that the padding could be mistaken for). A word of one limb is known by the number of that
    limb, a longer one by a chain of pairs (what came before, next limb). Codes of single limbs are even, those of pairs
    odd.
    """

    def __init__(self) -> None:
        self._limbs = KeyTable()
        self._pairs = KeyTable()

    @property
    def codes(self) -> int:
        """An upper bound of all codes: each is smaller."""
        return 2 * max(len(self._limbs), len(self._pairs))

    def find(self, text: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
        """Codes of the words of a text in UTF-8, shape: (words,).

        A word that was never added gets ``UNKNOWN`` or, if longer words begin with it, a code that no added word has.
        """
        return self._codes(text, starts, ends, KeyTable.find)

    def intern(self, text: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
        """Codes of the words of a text in UTF-8, ``UNKNOWN`` for those of more than 255 bytes; new words are added."""
        return self._codes(text, starts, ends, KeyTable.intern)

    def spell(self, codes: Iterable[int]) -> list[str]:
        """The words that have these codes."""
        return [self._bytes(code).decode("utf-8", "surrogatepass") for code in codes]

    def _codes(
        self, text: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64], look: _Look
    ) -> NDArray[np.int64]:
        padded = np.concatenate([text, np.zeros(_LIMB, dtype=np.uint8)])
        at_every_byte = np.ndarray((text.size + 1,), dtype="<u8", buffer=padded, strides=(1,))
        lengths = ends - starts
        codes = _even(look(self._limbs, _limbs(at_every_byte, starts, lengths)))
        longer = np.flatnonzero(lengths > _LIMB)
        too_long = lengths[longer] > LONGEST_WORD
        codes[longer[too_long]] = UNKNOWN
        longer = longer[~too_long]
        for done in range(_LIMB, LONGEST_WORD, _LIMB):
            longer = longer[(lengths[longer] > done) & (codes[longer] != UNKNOWN)]
            if not longer.size:
                break
            limbs = look(self._limbs, _limbs(at_every_byte, starts[longer] + done, lengths[longer] - done))
            pairs = look(self._pairs, (codes[longer] << 32 | limbs).view(np.uint64))
            codes[longer] = np.where(limbs < 0, UNKNOWN, _even(pairs) | 1)
        return codes

    def _bytes(self, code: int) -> bytes:
        limbs = []
        while code & 1:
            pair = int(self._pairs.keys[code >> 1])
            limbs.append(pair & 0xFFFFFFFF)
            code = pair >> 32
        limbs.append(code >> 1)
        return b"".join(int(self._limbs.keys[limb]).to_bytes(_LIMB, "little") for limb in reversed(limbs)).rstrip(b"\0")


def _even(ids: NDArray[np.int32]) -> NDArray[np.int64]:
    """Twice each id; -1, for a missing one, stays."""
    codes = ids.astype(np.int64)
    return codes << 1 | codes >> 63


def _limbs(
    at_every_byte: NDArray[np.uint64], starts: NDArray[np.int64], lengths: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """Up to eight bytes from each start on, padded with zeros."""
    limbs = at_every_byte.take(starts)
    limbs &= _MASKS.take(lengths, mode="clip")
    return limbs
