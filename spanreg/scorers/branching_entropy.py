"""Branching entropy of n-grams."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spanreg.scorers.base import NgramSample, Scorer


@Scorer.register("branching_entropy")
class BranchingEntropyScorer(Scorer):
    """Entropy of the left or the right neighbours, whichever is smaller, in bits; registered as ``branching_entropy``.

    ``-sum(p(w) log2 p(w))`` over the words w on that side, where p(w) is the share of the n-gram's occurrences next to
    w; each occurrence next to a boundary counts as a different word. The next word is hard to predict at the ends of a
    unit.

    ``dictionary: { type: 'ngram', corpus: '*.txt', scores: ['branching_entropy'] }``

    Source: Jin and Tanaka-Ishii, COLING/ACL 2006; the smaller side, and the treatment of boundaries, are our choice.
    """

    name = "branching_entropy"
    needs = ("neighbours",)

    def scores(self, sample: NgramSample, level: int) -> NDArray[np.float64]:
        left, right = sample.levels[level].left, sample.levels[level].right
        # Present, because "neighbours" is in needs; the asserts are for the type checker.
        assert left is not None
        assert right is not None
        return np.minimum(left.entropy, right.entropy)
