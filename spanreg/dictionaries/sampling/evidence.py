"""What stands beside the n-grams of one length, and in which documents they are."""

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
"Takes n, and n-grams and documents of the same shape, block by block in the order of the corpus; pairs may repeat."

_DIGITS = 9
"Of an entropy; they do not depend on the order in which it was summed."


class PlaceStreams(NamedTuple):
    """A corpus place by place."""

    ngrams: _Ids
    "The n-gram that begins at each place, or a gap; shorter than the others, as the last places begin none."
    words: _Ids
    "The word at each place, or a gap."
    documents: _Ids
    "The document of each place."


def with_evidence(
    level: NgramLevel,
    places: PlaceStreams,
    needs: Collection[Need],
    visit: Visit | None,
    counter: Callable[[], PairCounter],
) -> NgramLevel:
    """The level with what is needed of its neighbours and documents."""
    if "neighbours" in needs:
        left, right = (_neighbours(level, places, shift, counter()) for shift in (-1, level.n))
        level = replace(level, left=left, right=right)
    if "documents" in needs:
        level = replace(level, documents=_document_counts(level, places))
    if visit is not None:
        for ids, documents in _occurrences(places, places.documents, 0):
            visit(level.n, ids, documents)
    return level


def _neighbours(level: NgramLevel, places: PlaceStreams, shift: int, counter: PairCounter) -> NeighbourStatistics:
    """Counts the pairs of n-gram and neighbour, then sums up over each n-gram's pairs."""
    distinct = np.zeros(level.counts.size, dtype=np.int64)

    def pairs() -> Iterator[IdPairs]:
        for ids, words in _occurrences(places, places.words, shift):
            inner = words != GAP
            distinct[:] += np.bincount(ids[~inner], minlength=distinct.size)
            yield IdPairs(ids[inner], words[inner])

    counter.add(pairs())
    sums = np.zeros(distinct.size)
    for keys, counts in counter.parts():
        ids, _ = unpack(keys)
        distinct += np.bincount(ids, minlength=distinct.size)
        np.add.at(sums, ids, counts * np.log2(counts))
    entropy: NDArray[np.float64] = np.log2(level.counts.astype(np.float64)) - sums / level.counts
    return NeighbourStatistics(distinct, np.maximum(entropy, 0.0).round(_DIGITS))


def _document_counts(level: NgramLevel, places: PlaceStreams) -> NDArray[np.int64]:
    """Documents of each n-gram; as they come in order, only the last one of each needs to be kept in mind."""
    counts = np.zeros(level.counts.size, dtype=np.int64)
    last = np.full(counts.size, GAP, dtype=np.int64)
    for ids, documents in _occurrences(places, places.documents, 0):
        pairs = np.unique(ids.astype(np.int64) << 32 | documents)
        grams, found = pairs >> 32, pairs & 0xFFFFFFFF
        counts += np.bincount(grams[found != last[grams]], minlength=counts.size)
        last[grams] = found  # ascending, so that the latest one stays
    return counts


def _occurrences(places: PlaceStreams, column: _Ids, shift: int) -> Iterator[tuple[_Ids, _Ids]]:
    """Each occurrence of an n-gram, and what the column has so many places from its beginning; a gap outside."""
    for first in range(0, places.ngrams.size, BLOCK_IDS):
        ids = np.asarray(places.ngrams[first : first + BLOCK_IDS])
        at = first + np.flatnonzero(ids != GAP)
        beside = at + shift
        inside = (beside >= 0) & (beside < column.size)
        values = np.where(inside, column[np.where(inside, beside, 0)], GAP) if column.size else np.empty(0, np.int32)
        yield ids[at - first], values.astype(np.int32)
