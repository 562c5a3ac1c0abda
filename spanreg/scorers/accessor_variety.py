"""Accessor variety of n-grams."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spanreg.scorers.base import NgramSample, Scorer


@Scorer.register("accessor_variety")
class AccessorVarietyScorer(Scorer):
    """Number of distinct left or right neighbours, whichever is smaller; registered as ``accessor_variety``.

    A unit occurs next to many different words, a fragment of one next to few: the smaller side exposes a fragment that
    is cut at one end. Each occurrence next to a boundary adds one distinct neighbour.

    ``dictionary: { type: 'ngram', corpus: '*.txt', scores: ['accessor_variety'] }``

    Source: Feng et al., Computational Linguistics 2004.
    """

    name = "accessor_variety"
    needs = ("neighbours",)

    def scores(self, sample: NgramSample, level: int) -> NDArray[np.float64]:
        left, right = sample.levels[level].left, sample.levels[level].right
        # Present, because "neighbours" is in needs; the asserts are for the type checker.
        assert left is not None
        assert right is not None
        return np.minimum(left.distinct, right.distinct).astype(np.float64)
