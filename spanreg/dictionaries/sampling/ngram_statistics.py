"""Neighbours and documents of the n-grams of one length."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spanreg.dictionaries.sampling.counting import IdPairs, PairCounter, unpack
from spanreg.dictionaries.sampling.streams import BLOCK_IDS, GAP
from spanreg.scorers.base import Need, NeighbourStatistics, NgramLevel

_Ids = NDArray[np.int32]

Visit = Callable[[int, _Ids, _Ids], None]
"Called with n, n-gram ids and their documents (same shape), block by block in corpus order; pairs may repeat."

_DIGITS = 9
"Decimals of an entropy; further ones would depend on the order of summation."


class PlaceStreams(NamedTuple):
    """Streams with one value for each place of a corpus."""

    ngrams: _Ids
    "N-gram that begins at each place, or a gap; shorter than the others, because none begins at the last places."
    words: _Ids
    "Word at each place, or a gap."
    documents: _Ids
    "Document of each place."


def with_statistics(
    level: NgramLevel,
    places: PlaceStreams,
    needs: Collection[Need],
    visit: Visit | None,
    counter: Callable[[], PairCounter],
) -> NgramLevel:
    """Return the level with the needed statistics of neighbours and documents.

    Args:
        level: the n-grams of one length.
        places: n-grams, words and documents of all places.
        needs: statistics to compute.
        visit: called with all occurrences and their documents; None: not needed.
        counter: returns a new counter of pairs.
    """
    if "neighbours" in needs:
        left, right = (_neighbour_statistics(level, places, shift, counter()) for shift in (-1, level.n))
        level = replace(level, left=left, right=right)
    if "documents" in needs:
        level = replace(level, documents=_document_counts(level, places))
    if visit is not None:
        for ids, documents in _occurrences(places, places.documents, 0):
            visit(level.n, ids, documents)
    return level


def _neighbour_statistics(
    level: NgramLevel, places: PlaceStreams, shift: int, counter: PairCounter
) -> NeighbourStatistics:
    """Return the statistics of the words at a distance of ``shift`` places from each n-gram's beginning."""
    distinct = np.zeros(level.counts.size, dtype=np.int64)

    def pairs() -> Iterator[IdPairs]:
        for ids, words in _occurrences(places, places.words, shift):
            inner = words != GAP
            # Each boundary counts as a neighbour that occurs nowhere else, so these need no counting of pairs.
            distinct[:] += np.bincount(ids[~inner], minlength=distinct.size)
            yield IdPairs(ids[inner], words[inner])

    counter.add(pairs())
    sums = np.zeros(distinct.size)
    # Pairs of n-gram and neighbour may exceed the memory; sums over the neighbours of each n-gram do not.
    for keys, counts in counter.parts():
        ids, _ = unpack(keys)
        distinct += np.bincount(ids, minlength=distinct.size)
        np.add.at(sums, ids, counts * np.log2(counts))
    # -sum(c/n log2(c/n)) = log2(n) - sum(c log2 c) / n, for the counts c of neighbours of an n-gram with count n.
    # A neighbour at a boundary has c = 1, and adds nothing to the sum.
    entropy: NDArray[np.float64] = np.log2(level.counts.astype(np.float64)) - sums / level.counts
    # The difference of equal numbers may be a little below zero.
    return NeighbourStatistics(distinct, np.maximum(entropy, 0.0).round(_DIGITS))


def _document_counts(level: NgramLevel, places: PlaceStreams) -> NDArray[np.int64]:
    """Return the number of documents of each n-gram, shape: (entries,)."""
    # Documents are in ascending order, so the last one of each n-gram is enough to detect new ones. That takes one
    # number for each n-gram, where sets of documents would take one for each pair.
    counts = np.zeros(level.counts.size, dtype=np.int64)
    last = np.full(counts.size, GAP, dtype=np.int64)
    for ids, documents in _occurrences(places, places.documents, 0):
        pairs = np.unique(ids.astype(np.int64) << 32 | documents)
        grams, found = pairs >> 32, pairs & 0xFFFFFFFF
        counts += np.bincount(grams[found != last[grams]], minlength=counts.size)
        last[grams] = found  # pairs are ascending: of an n-gram's documents, NumPy assigns the last one last
    return counts


def _occurrences(places: PlaceStreams, column: _Ids, shift: int) -> Iterator[tuple[_Ids, _Ids]]:
    """Yield n-gram ids, and the column's values at a distance of ``shift`` places from their beginnings, or gaps."""
    for first in range(0, places.ngrams.size, BLOCK_IDS):
        ids = np.asarray(places.ngrams[first : first + BLOCK_IDS])
        at = first + np.flatnonzero(ids != GAP)  # shape: (occurrences,)
        beside = at + shift
        # The first n-gram of a corpus has no left neighbour, the last one no right neighbour: like at a boundary.
        inside = (beside >= 0) & (beside < column.size)
        values = np.where(inside, column[np.where(inside, beside, 0)], GAP) if column.size else np.empty(0, np.int32)
        yield ids[at - first], values.astype(np.int32)
