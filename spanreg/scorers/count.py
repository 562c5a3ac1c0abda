"""The score that every dictionary has."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spanreg.scorers.base import NgramSample, Scorer


@Scorer.register("count")
class CountScorer(Scorer):
    """How often the n-gram occurs in the corpus.

    Registered as ``count``. Every dictionary has this column, also when it is not asked for.
    """

    name = "count"

    def scores(self, sample: NgramSample, level: int) -> NDArray[np.float64]:
        return sample.levels[level].counts.astype(np.float64)
