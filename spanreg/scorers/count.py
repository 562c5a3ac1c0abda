"""Number of occurrences of n-grams."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spanreg.scorers.base import NgramSample, Scorer


@Scorer.register("count")
class CountScorer(Scorer):
    """Number of occurrences in the corpus; registered as ``count``.

    Every dictionary has this column, whether or not the scorer is named.

    ``dictionary: { type: 'ngram', corpus: '*.txt', scores: ['count'] }``
    """

    name = "count"

    def scores(self, sample: NgramSample, level: int) -> NDArray[np.float64]:
        return sample.levels[level].counts.astype(np.float64)
