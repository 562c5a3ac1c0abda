"""Exact counts of pairs of ids in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from spanreg.dictionaries.sampling.streams import GAP
from spanreg.dictionaries.sampling.threads import OrderedThreadPool
from spanreg.text.key_table import KeyTable

_Ids = NDArray[np.int32]
_Keys = NDArray[np.uint64]
_Counts = NDArray[np.int64]
_Item = TypeVar("_Item")

BUDGET_PAIRS: Final = 3 << 23
"Number of distinct pairs in memory, of 16 bytes each: 400 MB, as docs/how-to/scale.md states."

_MOST_AT_ONCE: Final = 1 << 21
"Number of pairs that one or two threads sort at a time; twice as many need a fifth more memory, and are no faster."
_FEWEST_AT_ONCE: Final = 1 << 19
"Smallest number of pairs to sort at a time, however many threads share the memory."
_SAMPLE: Final = 1 << 10
"Distance of the keys from which the ranges of a merge are estimated."
_HALF: Final = np.uint64(32)


class IdPairs(NamedTuple):
    """Pairs of ids as two columns, each of shape: (pairs,)."""

    first: _Ids
    second: _Ids


class PairCounts(NamedTuple):
    """Distinct pairs as ascending keys, and their counts; both of shape: (keys,)."""

    keys: _Keys
    counts: _Counts


_NO_PAIRS: Final = PairCounts(np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.int64))


def neighbours(ids: _Ids) -> tuple[IdPairs, NDArray[np.int64]]:
    """Return the pairs of neighbouring ids without gaps, and the places of their first ids, shape: (pairs,)."""
    present = ids != GAP
    # Choosing by places is three times as fast as by a boolean mask.
    at = np.flatnonzero(present[:-1] & present[1:])
    return IdPairs(ids.take(at), ids[1:].take(at)), at


def pack(pairs: IdPairs) -> _Keys:
    """Return each pair as a key with the first id in the upper 32 bits, so that keys sort as pairs; shape: (pairs,)."""
    # Both ids are non-negative, so that the bits of the second one cannot reach those of the first.
    return (pairs.first.astype(np.int64) << 32 | pairs.second).view(np.uint64)


def unpack(keys: _Keys) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the two ids of each key, each of shape: (keys,)."""
    return (keys >> _HALF).astype(np.int64), (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)


def counted_pairs(pairs: IdPairs, weights: _Counts | None = None) -> PairCounts:
    """Return the number of occurrences of each pair, or the sum of its weights.

    Args:
        pairs: pairs of non-negative ids.
        weights: weight of each pair; default: 1.
    """
    # Two counting sorts, by the second and then by the first id, are three times as fast as sorting packed keys.
    # SciPy implements them as the conversion of a sparse matrix from rows to columns. The conversion is stable: pairs
    # with equal first ids keep the order of their second ids, so that the result is sorted by both.
    first, second = pairs
    if not first.size:
        return _NO_PAIRS
    # The sort needs a counter for each possible id. A merge passes a narrow range of first ids: without the smallest
    # one, it needs counters for that range only.
    base = first.min()
    rows, columns = int(first.max() - base) + 1, int(second.max()) + 1
    # With weights, each pair is a row, so that its number, sorted along with it, leads back to the weight; without, one
    # row for all pairs is enough.
    ends = np.array([0, first.size], np.int32) if weights is None else np.arange(first.size + 1, dtype=np.int32)
    # The conversion keeps repeated entries and entries of value 0, both of which are pairs here.
    by_second = csr_array((first - base, second, ends), shape=(ends.size - 1, columns)).tocsc()
    by_both = csr_array((by_second.indices, by_second.data, by_second.indptr), shape=(columns, rows)).tocsc()
    new = np.ones(first.size, dtype=np.bool_)  # True for the first of equal neighbours after sorting
    np.not_equal(by_both.indices[1:], by_both.indices[:-1], out=new[1:])
    new[by_both.indptr[:-1][np.diff(by_both.indptr) > 0]] = True  # another first id: a new pair in any case
    at = np.flatnonzero(new)
    # First ids are implied by the columns of the sorted matrix: each is repeated for its number of distinct pairs.
    firsts = np.repeat(np.arange(base, base + rows), np.diff(np.searchsorted(at, by_both.indptr)))
    counts = np.diff(at, append=first.size) if weights is None else np.add.reduceat(weights.take(by_both.data), at)
    return PairCounts((firsts.astype(np.int64) << 32 | by_both.indices.take(at)).view(np.uint64), counts)


def number_pairs(ids: _Ids, table: KeyTable) -> _Ids:
    """Return, for each place, the table's number of the pair that begins there, or a gap.

    Args:
        ids: ids with gaps, shape: (places,).
        table: frequent pairs as keys; key i has the number i.

    Returns:
        Shape: (places - 1,); a rare pair is a gap.
    """
    pairs, at = neighbours(ids)
    numbers = np.full(max(0, ids.size - 1), GAP, dtype=np.int32)
    numbers[at] = table.find(pack(pairs))
    return numbers


def covered_words(present: NDArray[np.bool_]) -> int:
    """Return the number of words in at least one bigram, and so in at least one n-gram of any length.

    Args:
        present: True for each place at which a frequent bigram begins, shape: (1 + places,). The first item is that of
            the place before, whose words are not counted; False if there is none.
    """
    # A run of r neighbouring bigrams covers r + 1 words: one for each bigram, and one more for each beginning of a run.
    return int(np.count_nonzero(present[1:]) + np.count_nonzero(present[1:] & ~present[:-1]))


class PairCounter:
    """Exact counter of pairs, which spills sorted runs to disk if they exceed its memory.

    ``PairCounter(folder).add(pairs)``, then ``counted(min_count=10)``.

    Parameters:
        folder: folder for spilled runs.
        budget: number of distinct pairs in memory, of 16 bytes each; each thread needs about 0.1 GB more.
        threads: thread pool for counting; default: the calling thread.
    """

    def __init__(self, folder: Path, budget: int = BUDGET_PAIRS, threads: OrderedThreadPool | None = None) -> None:
        self._folder = folder
        self._budget = budget
        self._threads = threads or OrderedThreadPool()
        self._held: list[PairCounts] = []
        self._spilled: list[PairCounts] = []

    @property
    def at_once(self) -> int:
        """Number of pairs to count at a time."""
        return min(self._budget, max(_FEWEST_AT_ONCE, _MOST_AT_ONCE * 2 // max(2, self._threads.jobs)))

    def count(self, pairs_of: Callable[[_Item], IdPairs], items: Iterable[_Item]) -> None:
        """Count the pairs of all items, each of which should have about ``at_once`` pairs."""
        for counted in self._threads.map(lambda item: counted_pairs(pairs_of(item)), items):
            # Runs are merged when the budget is full, and not one by one: each merge sorts everything that is held.
            self._held.append(counted)
            if sum(run.keys.size for run in self._held) > self._budget:
                # Spilling may use the same threads within ``map``: only the calling thread waits for results.
                self._spill()

    def add(self, pairs: Iterable[IdPairs]) -> None:
        """Count pairs that arrive in small portions, which are joined to about ``at_once`` pairs."""
        self.count(
            lambda portions: IdPairs(*map(np.concatenate, zip(*portions, strict=True))), self._joined_portions(pairs)
        )

    def _joined_portions(self, pairs: Iterable[IdPairs]) -> Iterator[list[IdPairs]]:
        portions, size = list[IdPairs](), 0
        for portion in pairs:
            portions.append(portion)
            size += portion.first.size
            if size >= self.at_once:
                yield portions
                portions, size = [], 0
        if portions:
            yield portions

    def counted(self, min_count: int) -> PairCounts:
        """Return the pairs with at least ``min_count`` occurrences; it may be called once, after all counting."""
        keys, counts = list[_Keys](), list[_Counts]()
        for part in self.parts():
            frequent = part.counts >= min_count  # filtered part by part: all pairs may not fit into memory
            keys.append(part.keys[frequent])
            counts.append(part.counts[frequent])
        return PairCounts(np.concatenate(keys), np.concatenate(counts))

    def parts(self) -> Iterator[PairCounts]:
        """Yield all pairs in ascending order, in parts that fit into memory; may be called once, after all counting."""
        yield from self._merged_ranges([*self._spilled, *self._held])
        # Only now, because the merge reads the mapped files; the next stream needs their space on the disk.
        for run in range(len(self._spilled)):
            for path in self._run_paths(run):
                path.unlink()
        self._held, self._spilled = [], []

    def _spill(self) -> None:
        """Merge the counts in memory, and write them to disk."""
        paths = self._run_paths(len(self._spilled))
        with paths[0].open("wb") as keys, paths[1].open("wb") as counts:
            for part in self._merged_ranges(self._held):
                keys.write(part.keys.data)
                counts.write(part.counts.data)
        # Mapped, not read: merging needs the memory of one range at a time.
        self._spilled.append(PairCounts(np.memmap(paths[0], np.uint64, "r"), np.memmap(paths[1], np.int64, "r")))
        self._held = []

    def _run_paths(self, run: int) -> list[Path]:
        return [self._folder / f"run-{run}.{name}" for name in PairCounts._fields]

    def _merged_ranges(self, runs: list[PairCounts]) -> Iterator[PairCounts]:
        """Return the sums over all runs, in ranges of keys that fit into memory."""
        runs = [run for run in runs if run.keys.size] or [_NO_PAIRS]
        # Runs are sorted, so that a range of keys is a slice of each, and ranges can be merged independently, by
        # several threads. Every _SAMPLE-th key of each run gives splits into ranges of about half of at_once keys; a
        # bad estimate costs memory, never exactness.
        sample = np.sort(np.concatenate([run.keys[::_SAMPLE] for run in runs]))
        # The first split is the smallest key, which begins the first range.
        splits = np.unique(sample[:: max(1, self.at_once // (2 * _SAMPLE))])[1:]
        cuts = [[0, *np.searchsorted(run.keys, splits).tolist(), run.keys.size] for run in runs]
        ranges = [[slice(cut[part], cut[part + 1]) for cut in cuts] for part in range(splits.size + 1)]
        return self._threads.map(lambda places: _merge_range(runs, places), ranges)


def _merge_range(runs: list[PairCounts], places: list[slice]) -> PairCounts:
    """Return the sums over a range of keys; ``places`` has its slice of each run."""
    chosen = [PairCounts(run.keys[at], run.counts[at]) for run, at in zip(runs, places, strict=True)]
    if len(chosen) == 1:
        return chosen[0]
    first, second = unpack(np.concatenate([part.keys for part in chosen]))
    pairs = IdPairs(first.astype(np.int32), second.astype(np.int32))
    return counted_pairs(pairs, np.concatenate([part.counts for part in chosen]))
