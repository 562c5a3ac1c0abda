"""Examples on which settings are chosen, kept apart from those of which figures are told."""

from __future__ import annotations

import hashlib
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Part = Literal["all", "choose", "report"]


def rows_of(indices: NDArray[np.int64], reserve: float, part: Part) -> NDArray[np.bool_]:
    """Which examples belong to a part, shape: (examples,).

    An example's place depends on its ``idx`` alone, so that all runs and studies of a task share one division.

    Args:
        indices: the examples' ``idx``, shape: (examples,).
        reserve: share of the examples on which settings are chosen.
        part: ``choose`` for these, ``report`` for the others, ``all`` for both.
    """
    if part == "all":
        return np.ones(indices.size, dtype=np.bool_)
    digests = (hashlib.blake2b(str(index).encode(), digest_size=8).digest() for index in indices.tolist())
    numbers = np.array([int.from_bytes(digest) for digest in digests], dtype=np.float64) / 2.0**64
    return numbers < reserve if part == "choose" else numbers >= reserve
