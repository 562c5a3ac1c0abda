"""Association of n-grams with the labels of a task."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_selection import chi2

from spanreg.scorers.base import NgramSample, Scorer


class LabelAssociation(Scorer):
    """Chi-squared statistic of an n-gram's presence in an example and the example's label, by scikit-learn's ``chi2``.

    The sum over the labels of ``(O - E)^2 / E``, where ``O`` is the number of examples of a label with the n-gram, and
    ``E`` its expectation. Examples without the n-gram are not counted, so the statistic is that of the whole
    contingency table times the share of the examples without the n-gram, which ranks frequent n-grams slightly lower.

    It is not registered as a scorer, because it needs labels, which a corpus does not have.

    Source: scikit-learn.

    Parameters:
        labels: label of each example, -1 for unlabelled ones.
        sentences: number of documents per example: 1, or 2 for pairs.
    """

    name = "chi_squared"

    def __init__(self, labels: Sequence[int], sentences: int) -> None:
        self._labels = np.asarray(labels)
        self._sentences = sentences
        self._pairs: dict[int, list[NDArray[np.int64]]] = defaultdict(list)

    def visit(self, n: int, ids: NDArray[np.int32], documents: NDArray[np.int32]) -> None:
        """Add occurrences of n-grams in documents; both arrays have shape: (occurrences,)."""
        examples = documents.astype(np.int64) // self._sentences
        # N-gram and example in one number, so that a one-dimensional ``unique`` removes repetitions.
        self._pairs[n].append(np.unique(ids.astype(np.int64) << 32 | examples))

    def scores(self, sample: NgramSample, level: int) -> NDArray[np.float64]:
        size = sample.levels[level].counts.size
        # An n-gram may occur several times in an example, and in blocks that were made unique separately.
        pairs = np.unique(np.concatenate([np.empty(0, np.int64), *self._pairs.pop(level + 2, [])]))  # n is level + 2
        if not size:
            return np.empty(0)
        place = (pairs & 0xFFFFFFFF, pairs >> 32)
        present = csr_matrix((np.ones(pairs.size), place), shape=(self._labels.size, size))
        known = self._labels >= 0
        statistic: NDArray[np.float64] = chi2(present[known], self._labels[known])[0]
        return np.nan_to_num(statistic)  # NaN for n-grams that only unlabelled examples have
