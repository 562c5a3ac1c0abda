"""Division of examples by their ``idx`` alone, so that all runs and studies of a task share it."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray


def in_share(indices: NDArray[np.int64], share: float, purpose: str = "") -> NDArray[np.bool_]:
    """Return which examples belong to a share of about the given size, shape: (examples,).

    Whether an example belongs to it depends on its ``idx`` and the share only, not on the other examples; a larger
    share includes a smaller one.

    Args:
        indices: the examples' ``idx``, shape: (examples,).
        share: between 0 and 1.
        purpose: name of the division; divisions with different names are independent of one another.
    """
    return hashed(indices, purpose) < share


def hashed(indices: NDArray[np.int64], purpose: str = "") -> NDArray[np.float64]:
    """Return a number from 0 to 1 for each example, evenly distributed, shape: (examples,).

    Args:
        indices: the examples' ``idx``, shape: (examples,).
        purpose: numbers for different purposes are independent of one another.
    """
    # A hash in place of random numbers: it needs no state, and adding examples does not move the others.
    digests = (hashlib.blake2b(f"{purpose}{index}".encode(), digest_size=8).digest() for index in indices.tolist())
    return np.array([int.from_bytes(digest) for digest in digests], dtype=np.float64) / 2.0**64
