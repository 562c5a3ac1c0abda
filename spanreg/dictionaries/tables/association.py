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
    """scikit-learn's ``chi2`` of an n-gram's presence in an example and the example's label.

    With ``O`` the examples of a label that have the n-gram and ``E`` the number to be expected of it, the sum over the
    labels of ``(O - E)^2 / E``. The examples without the n-gram are not counted: the statistic is that of the whole
    table of presence and label, times the share of the examples that lack the n-gram. So it ranks a frequent n-gram
    somewhat lower.

    It is not a registered scorer: it needs labels, which a corpus does not have.

    Parameters:
        labels: one an example, -1 where it is not known.
        sentences: how many documents make an example, 1 or, for pairs, 2.
    """

    name = "chi_squared"

    def __init__(self, labels: Sequence[int], sentences: int) -> None:
        self._labels = np.asarray(labels)
        self._sentences = sentences
        self._pairs: dict[int, list[NDArray[np.int64]]] = defaultdict(list)

    def visit(self, n: int, ids: NDArray[np.int32], documents: NDArray[np.int32]) -> None:
        """Takes occurrences of n-grams in documents."""
        examples = documents.astype(np.int64) // self._sentences
        self._pairs[n].append(np.unique(ids.astype(np.int64) << 32 | examples))

    def scores(self, sample: NgramSample, level: int) -> NDArray[np.float64]:
        size = sample.levels[level].counts.size
        pairs = np.unique(np.concatenate([np.empty(0, np.int64), *self._pairs.pop(level + 2, [])]))
        if not size:
            return np.empty(0)
        place = (pairs & 0xFFFFFFFF, pairs >> 32)
        present = csr_matrix((np.ones(pairs.size), place), shape=(self._labels.size, size))
        known = self._labels >= 0
        statistic: NDArray[np.float64] = chi2(present[known], self._labels[known])[0]
        return np.nan_to_num(statistic)
