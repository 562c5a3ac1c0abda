"""Base of the scorers: what a corpus says of an n-gram, as one number."""

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
    """The words on one side of every n-gram of a level.

    A neighbour is any word of the corpus, rare ones included. Where a boundary word or the end of a line stands in its
    place, that counts as a neighbour that occurs nowhere else.
    """

    distinct: NDArray[np.int64]
    "How many distinct ones there are, shape: (entries,)."
    entropy: NDArray[np.float64]
    "Of their distribution, in bits, shape: (entries,)."


@dataclass(frozen=True, slots=True)
class NgramLevel:
    """The frequent n-grams of one length."""

    words: NDArray[np.int32]
    "Indices into the words of the sample, shape: (entries, n)."
    counts: NDArray[np.int64]
    "How often each occurs, shape: (entries,)."
    prefixes: NDArray[np.int64]
    "Index of the first n - 1 words in the level below, for n = 2 in the words, shape: (entries,)."
    suffixes: NDArray[np.int64]
    "The same of the last n - 1 words."
    left: NeighbourStatistics | None = None
    "Where a scorer needs neighbours."
    right: NeighbourStatistics | None = None
    documents: NDArray[np.int64] | None = None
    "In how many documents each occurs, shape: (entries,); where a scorer needs documents."

    @property
    def n(self) -> int:
        """Words of each n-gram."""
        return int(self.words.shape[1])


@dataclass(frozen=True, slots=True)
class NgramSample:
    """The frequent n-grams of a corpus, for each n from 2 on."""

    words: list[str]
    "The distinct words that occur often enough."
    word_counts: NDArray[np.int64]
    "How often each occurs; boundary words do not."
    levels: list[NgramLevel]
    "Level i holds the n-grams of n = i + 2 words."
    total_words: int
    "Words of the corpus."
    covered_words: int
    "Those of them that stand in at least one of the n-grams."


class Scorer(Registrable):
    """Gives every n-gram of a sample a number; the higher, the better a span it makes.

    A sampled dictionary keeps the numbers in a column of the scorer's name, which ``filtered`` chooses by.

    To add one: subclass, decorate with ``@Scorer.register("my_scorer")``, set ``name`` and implement ``scores``; list
    in ``needs`` what costs extra to sample: ``neighbours`` or ``documents``.
    """

    default_implementation: ClassVar[str | None] = None

    name: ClassVar[str]
    "Name of the column: as registered."
    needs: ClassVar[tuple[Need, ...]] = ()

    @abstractmethod
    def scores(self, sample: NgramSample, level: int) -> NDArray[np.float64]:
        """Scores of the n-grams of ``sample.levels[level]``, shape: (entries,)."""

    def fingerprint(self) -> str:
        """A hash of all that the scores depend on beside the sample: class and attributes."""
        attributes = {name: repr(value) for name, value in vars(self).items()}
        return storage.hash_json([type(self).__module__, self.name, attributes])
