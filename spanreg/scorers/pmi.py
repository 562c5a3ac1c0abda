"""Normalised pointwise mutual information of n-grams."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spanreg.scorers.base import NgramSample, Scorer


@Scorer.register("pmi")
class PmiScorer(Scorer):
    """Normalised pointwise mutual information of an n-gram's worst split in two; registered as ``pmi``.

    With p(x) the count of x divided by the number of words in the corpus, the score is the minimum over 0 < k < n of
    ``log(p(w1..wn) / (p(w1..wk) p(wk+1..wn))) / -log p(w1..wn)``: 1 for parts that never occur apart, 0 for independent
    parts. The minimum over splits keeps "in new york" from scoring high because of "new york".

    ``dictionary: { type: 'ngram', corpus: '*.txt', scores: ['pmi'] }``

    Source: Levine et al., "PMI-Masking", ICLR 2021; here only splits in two, and normalised.
    """

    name = "pmi"

    def scores(self, sample: NgramSample, level: int) -> NDArray[np.float64]:
        # Logarithms of shares: products of small probabilities would lose digits.
        logs = [_log_shares(sample.word_counts, sample)]
        logs += [_log_shares(below.counts, sample) for below in sample.levels[: level + 1]]
        whole = logs[level + 1]  # logs[n - 1] has the logarithms of the n-grams' shares, shape: (entries,)
        worst = np.full(whole.size, np.inf)
        for k in range(1, level + 2):
            head = _part(sample, level, k, from_front=True)
            tail = _part(sample, level, level + 2 - k, from_front=False)
            # Information of the split into the first k words and the others.
            np.minimum(worst, whole - logs[k - 1][head] - logs[level + 1 - k][tail], out=worst)
        # Normalised by the highest possible value, so that rare n-grams do not win by being rare. The divisor
        # is never 0: a corpus has fewer n-grams of two or more words than words.
        return worst / -whole


def _log_shares(counts: NDArray[np.int64], sample: NgramSample) -> NDArray[np.float64]:
    # All lengths are divided by the number of words, as an estimate of the number of places of n-grams.
    shares: NDArray[np.float64] = np.log(counts / max(sample.total_words, 1))
    return shares


def _part(sample: NgramSample, level: int, length: int, *, from_front: bool) -> NDArray[np.int64]:
    """Return the indices of the n-grams' first or last ``length`` words among the n-grams of that length."""
    # Going down the levels, a prefix of a prefix (or suffix of a suffix) is one word shorter each time.
    at = np.arange(sample.levels[level].counts.size)
    for above in range(level, length - 2, -1):
        at = (sample.levels[above].prefixes if from_front else sample.levels[above].suffixes)[at]
    return at
