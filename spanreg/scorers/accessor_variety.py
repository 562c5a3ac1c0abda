"""Accessor variety."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spanreg.scorers.base import NgramSample, Scorer


@Scorer.register("accessor_variety")
class AccessorVarietyScorer(Scorer):
    """The number of distinct neighbours on the left or on the right, whichever is smaller.

    What is a unit occurs next to many different words; each occurrence beside a boundary counts as one more (Feng et
    al., Computational Linguistics 2004).
    Registered as ``accessor_variety``.
    """

    name = "accessor_variety"
    needs = ("neighbours",)

    def scores(self, sample: NgramSample, level: int) -> NDArray[np.float64]:
        left, right = sample.levels[level].left, sample.levels[level].right
        assert left is not None
        assert right is not None
        return np.minimum(left.distinct, right.distinct).astype(np.float64)
