"""Branching entropy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spanreg.scorers.base import NgramSample, Scorer


@Scorer.register("branching_entropy")
class BranchingEntropyScorer(Scorer):
    """The entropy, in bits, of the neighbours on the left or on the right, whichever is smaller.

    ``-sum(p(w) log2 p(w))`` over the words w on that side, with p(w) their share of the n-gram's occurrences; each
    occurrence beside a boundary counts as a word of its own. At the ends of a unit it is hard to say what comes next
    (Jin and Tanaka-Ishii, 2006).
    Registered as ``branching_entropy``.
    """

    name = "branching_entropy"
    needs = ("neighbours",)

    def scores(self, sample: NgramSample, level: int) -> NDArray[np.float64]:
        left, right = sample.levels[level].left, sample.levels[level].right
        assert left is not None
        assert right is not None
        return np.minimum(left.entropy, right.entropy)
