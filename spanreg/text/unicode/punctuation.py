"""Recognition of words of ASCII punctuation."""

from __future__ import annotations

import string
from typing import Final

import numpy as np
from numpy.typing import NDArray

_RANKS: Final = np.array([string.punctuation.find(chr(byte)) for byte in range(256)], dtype=np.int8)
"Position of each byte in ``string.punctuation``; -1 for all other bytes."


def is_punctuation(text: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which words are substrings of ``string.punctuation``, shape: (words,).

    These are single marks, and runs of marks that are neighbours in that string, such as ``()``.

    Args:
        text: UTF-8, shape: (bytes,).
        starts: offset of each word's first byte, shape: (words,).
        ends: offset after each word's last byte, shape: (words,).
    """
    # The released code tests ``word in string.punctuation``, a substring test; "()" passes it and ")(" does not. It is
    # reproduced here for all words at once: the k-th byte has to be k places after the first one.
    first = _RANKS[text[starts]]
    # Only words that fit so far are looked at again; a mark occurs once in the string, so that its place is unique.
    result = first >= 0
    longer = np.flatnonzero(result & (ends - starts > 1))
    step = 1
    while longer.size:
        fits = _RANKS[text[starts[longer] + step]] == first[longer] + step
        result[longer[~fits]] = False
        step += 1
        longer = longer[fits & (ends[longer] - starts[longer] > step)]
    return result
