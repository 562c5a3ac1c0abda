"""Examples on which settings are chosen, kept apart from those that scores are reported on."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from spanreg.data.reading.division import in_share

Part = Literal["all", "choose", "report"]


def rows_of(indices: NDArray[np.int64], reserve: float, part: Part) -> NDArray[np.bool_]:
    """Return which examples belong to a part, shape: (examples,).

    An example's part depends on its ``idx`` alone, so that all runs and studies of a task share one division.

    Args:
        indices: the examples' ``idx``, shape: (examples,).
        reserve: share of the examples on which settings are chosen.
        part: ``choose`` for these, ``report`` for the others, ``all`` for both.
    """
    if part == "all":
        return np.ones(indices.size, dtype=np.bool_)
    # By a hash, so that the division is the same on every machine and needs no file.
    chosen = in_share(indices, reserve)
    return chosen if part == "choose" else ~chosen
