"""Divide examples in two by their ``idx`` alone, so that every run and study of a task shares one division."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray


def in_share(indices: NDArray[np.int64], share: float, purpose: str = "") -> NDArray[np.bool_]:
    """Return which examples belong to a share of about this size, shape: (examples,).

    Whether an example belongs depends on its ``idx`` and the share, not on the others; a larger share includes a
    smaller one.

    Args:
        indices: the examples' ``idx``, shape: (examples,).
        share: between 0 and 1.
        purpose: divisions for different purposes are independent of one another.
    """
    digests = (hashlib.blake2b(f"{purpose}{index}".encode(), digest_size=8).digest() for index in indices.tolist())
    numbers = np.array([int.from_bytes(digest) for digest in digests], dtype=np.float64) / 2.0**64
    return numbers < share
