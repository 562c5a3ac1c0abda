"""Document frequency of n-grams."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spanreg.scorers.base import NgramSample, Scorer


@Scorer.register("document_frequency")
class DocumentFrequencyScorer(Scorer):
    """Number of documents with the n-gram; registered as ``document_frequency``.

    A document is a line of text, a record of JSON lines, a row of a Parquet file, or a sentence of a task.

    ``dictionary: { type: 'ngram', corpus: '*.txt', scores: ['document_frequency'] }``
    """

    name = "document_frequency"
    needs = ("documents",)

    def scores(self, sample: NgramSample, level: int) -> NDArray[np.float64]:
        documents = sample.levels[level].documents
        assert documents is not None  # "documents" is in needs
        return documents.astype(np.float64)
