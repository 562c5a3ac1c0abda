"""Words of nothing but ASCII punctuation."""

from __future__ import annotations

import string
from typing import Final

import numpy as np
from numpy.typing import NDArray

_RANKS: Final = np.array([string.punctuation.find(chr(byte)) for byte in range(256)], dtype=np.int8)
"Place of each byte in the string of ASCII punctuation; -1 for all others."


def is_punctuation(text: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which words are substrings of ``string.punctuation``, shape: (words,).

    That is a lone mark, and a run of marks that are neighbours in the order of that string, such as ``()``.

    Args:
        text: UTF-8, shape: (bytes,).
        starts: offset of each word's first byte, shape: (words,).
        ends: offset after its last byte, shape: (words,).
    """
    first = _RANKS[text[starts]]
    result = first >= 0
    longer = np.flatnonzero(result & (ends - starts > 1))
    step = 1
    while longer.size:
        fits = _RANKS[text[starts[longer] + step]] == first[longer] + step
        result[longer[~fits]] = False
        step += 1
        longer = longer[fits & (ends[longer] - starts[longer] > step)]
    return result
