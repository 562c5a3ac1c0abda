"""Words of texts with character offsets (to be written)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a batch of texts, in columns."""

    texts: Sequence[str]
    "The texts themselves."
    starts: NDArray[np.int32]
    "Character offset of each word's first character in its own text, shape: (words,)."
    ends: NDArray[np.int32]
    "Character offset after each word's last character, shape: (words,)."
    bounds: NDArray[np.int64]
    "The words of text i are bounds[i] to bounds[i + 1], shape: (texts + 1,)."
