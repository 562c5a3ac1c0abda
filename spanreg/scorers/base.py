"""Base class of the scorers: one number for every n-gram of a corpus sample."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from spanreg import storage
from spanreg.registry import Registrable

Need = Literal["neighbours", "documents"]


@dataclass(frozen=True, slots=True)
class NeighbourStatistics:
    """Statistics of the words on one side of every n-gram of a level.

    ``sample.levels[0].left.distinct``

    A neighbour is any word of the corpus, rare words included. A boundary word or the end of a line counts as a
    neighbour that occurs nowhere else.
    """

    distinct: NDArray[np.int64]
    "Number of distinct neighbours, shape: (entries,)."
    entropy: NDArray[np.float64]
    "Entropy of the neighbours' distribution, in bits, shape: (entries,)."


@dataclass(frozen=True, slots=True)
class NgramLevel:
    """Frequent n-grams of one length, in columns.

    ``sample.levels[0].counts`` has the counts of the bigrams.
    """

    words: NDArray[np.int32]
    "Indices into the words of the sample, shape: (entries, n)."
    counts: NDArray[np.int64]
    "Number of occurrences, shape: (entries,)."
    prefixes: NDArray[np.int64]
    "Index of the first n - 1 words in the level below (in the words if n = 2), shape: (entries,)."
    suffixes: NDArray[np.int64]
    "Index of the last n - 1 words in the level below (in the words if n = 2), shape: (entries,)."
    left: NeighbourStatistics | None = None
    "Left neighbours; None unless a scorer needs them."
    right: NeighbourStatistics | None = None
    "Right neighbours; None unless a scorer needs them."
    documents: NDArray[np.int64] | None = None
    "Number of documents with the n-gram, shape: (entries,); None unless a scorer needs it."

    @property
    def n(self) -> int:
        """Number of words in each n-gram."""
        return int(self.words.shape[1])


@dataclass(frozen=True, slots=True)
class NgramSample:
    """Frequent n-grams of a corpus, for each n from 2; returned by ``sample_ngrams``.

    The n-grams of a level have the index of their first and of their last n - 1 words in the level below, so that a
    scorer reaches every part of an n-gram by array operations.

    ``[sample.words[word] for word in sample.levels[0].words[0]]`` is the first bigram.
    """

    words: list[str]
    "Distinct frequent words that n-grams may contain."
    word_counts: NDArray[np.int64]
    "Number of occurrences of each word, shape: (words,)."
    levels: list[NgramLevel]
    "``levels[i]`` has the n-grams of n = i + 2 words."
    total_words: int
    "Number of words in the corpus, including rare words and boundary words."
    covered_words: int
    "Number of words in the corpus that are part of at least one of the n-grams."


class Scorer(Registrable):
    """Scoring function of n-grams: the higher the score, the better the n-gram is as a span.

    A sampled dictionary stores the scores in a column with the scorer's name, and ``filtered`` selects by them.

    ``dictionary: { type: 'ngram', corpus: '*.txt', scores: ['pmi'] }``

    To add one: subclass, decorate with ``@Scorer.register("my_scorer")``, set ``name`` and implement ``scores``. List
    in ``needs`` the statistics that are only sampled on demand: ``neighbours`` or ``documents``.
    """

    default_implementation: ClassVar[str | None] = None

    name: ClassVar[str]
    "Name of the column; the registered name."
    needs: ClassVar[tuple[Need, ...]] = ()
    "Statistics that ``scores`` reads beyond counts."

    @abstractmethod
    def scores(self, sample: NgramSample, level: int) -> NDArray[np.float64]:
        """Return the scores of the n-grams of ``sample.levels[level]``, shape: (entries,).

        A score must be finite, and depend on the sample only, since dictionaries are cached.

        Args:
            sample: the frequent n-grams of the corpus, with the statistics in ``needs``.
            level: index of the level; its n-grams have ``level + 2`` words.
        """

    def fingerprint(self) -> str:
        """Return a hash of the scorer: its module, its name and its attributes."""
        # Part of the cache key of a dictionary: scorers of one name from two packages must not share a table.
        attributes = {name: repr(value) for name, value in vars(self).items()}
        return storage.hash_json([type(self).__module__, self.name, attributes])
