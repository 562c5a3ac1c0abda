"""Exact counts of 64-bit keys in bounded memory, and streams of ids on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

_Keys = NDArray[np.uint64]
_Counts = NDArray[np.int64]
_Ids = NDArray[np.int32]

GAP: Final = -1
"Stands in a stream of ids between those that are not neighbours in the text."

BLOCK_IDS: Final = 1 << 18
BUDGET_KEYS: Final = 3 << 24
_SAMPLE: Final = 1 << 10


class Counted(NamedTuple):
    """Distinct keys, ascending, and how often each occurred; both of shape: (keys,)."""

    keys: _Keys
    counts: _Counts


class KeyCounter:
    """Counts keys exactly, however many there are: full buffers are sorted, counted and spilled to disk as runs.

    Parameters:
        folder: where runs are spilled to.
        budget: keys held in memory, 8 bytes each; the peak is about twice that.
    """

    def __init__(self, folder: Path, budget: int = BUDGET_KEYS) -> None:
        self._folder = folder
        self._buffer: _Keys = np.empty(budget, dtype=np.uint64)  # the system gives it memory as it fills
        self._used = 0
        self._runs: list[Counted] = []

    def add(self, keys: _Keys) -> None:
        """Counts every key once more."""
        while keys.size:
            taken = min(keys.size, self._buffer.size - self._used)
            self._buffer[self._used : self._used + taken] = keys[:taken]
            self._used += taken
            keys = keys[taken:]
            if self._used == self._buffer.size:
                self._spill()

    def counted(self, min_count: int) -> Counted:
        """The keys that were added ``min_count`` times or more; to be called once, last."""
        if not self._runs:
            return _frequent(self._count_buffer(), min_count)
        self._spill()
        parts = [_frequent(part, min_count) for part in self._merged()]
        self._remove_runs()
        return Counted(np.concatenate([part.keys for part in parts]), np.concatenate([part.counts for part in parts]))

    def parts(self) -> Iterator[Counted]:
        """All keys in ascending order, part by part, so that there may be more than fit into memory; once, last."""
        if not self._runs:
            yield self._count_buffer()
            return
        self._spill()
        yield from self._merged()
        self._remove_runs()

    def _count_buffer(self) -> Counted:
        keys = self._buffer[: self._used]
        keys.sort()
        first = np.flatnonzero(np.concatenate([keys[:1] == keys[:1], keys[1:] != keys[:-1]]))
        self._used = 0
        return Counted(keys[first], np.diff(first, append=keys.size))

    def _spill(self) -> None:
        run = self._count_buffer()
        if run.keys.size:
            paths = self._run_paths(len(self._runs))
            for path, column in zip(paths, run, strict=True):
                path.write_bytes(column.data)  # NumPy's own tofile hides why it fails
            self._runs.append(Counted(np.memmap(paths[0], np.uint64, "r"), np.memmap(paths[1], np.int64, "r")))

    def _run_paths(self, run: int) -> list[Path]:
        return [self._folder / f"run-{run}.{name}" for name in Counted._fields]

    def _remove_runs(self) -> None:
        for run in range(len(self._runs)):
            for path in self._run_paths(run):
                path.unlink()
        self._runs.clear()

    def _merged(self) -> Iterator[Counted]:
        """Counts over all runs, in ranges of keys that fit into memory."""
        sample = np.sort(np.concatenate([run.keys[::_SAMPLE] for run in self._runs]))
        step = max(1, self._buffer.size // (4 * _SAMPLE))
        splits = np.unique(sample[step::step])
        cuts = [[0, *np.searchsorted(run.keys, splits).tolist(), run.keys.size] for run in self._runs]
        for part in range(splits.size + 1):
            ranges = [slice(cut[part], cut[part + 1]) for cut in cuts]
            keys = np.concatenate([run.keys[chosen] for run, chosen in zip(self._runs, ranges, strict=True)])
            counts = np.concatenate([run.counts[chosen] for run, chosen in zip(self._runs, ranges, strict=True)])
            order = np.argsort(keys)
            keys, counts = keys[order], counts[order]
            first = np.flatnonzero(np.concatenate([keys[:1] == keys[:1], keys[1:] != keys[:-1]]))
            yield Counted(keys[first], np.add.reduceat(counts, first) if first.size else counts)


def _frequent(counted: Counted, min_count: int) -> Counted:
    chosen = counted.counts >= min_count
    return Counted(counted.keys[chosen], counted.counts[chosen])


class IdStream:
    """A sequence of ids on disk, written once and read in blocks as often as wanted.

    Parameters:
        path: the file, written within ``with``.
        merge_gaps: whether several gaps in a row become one, so that a sparse stream is short. Not to be done where
            places must stay those of another stream.
    """

    def __init__(self, path: Path, *, merge_gaps: bool = True) -> None:
        self.path = path
        self.merge_gaps = merge_gaps
        self._last_is_gap = True
        self.size = 0

    @classmethod
    def written(cls, path: Path, *, merge_gaps: bool) -> Self:
        """A stream that was written earlier."""
        stream = cls(path, merge_gaps=merge_gaps)
        stream.size = path.stat().st_size // np.dtype(np.int32).itemsize
        return stream

    def __enter__(self) -> Self:
        self._file = self.path.open("wb")
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def append(self, ids: _Ids) -> NDArray[np.bool_]:
        """Adds ids at the end and tells which were kept."""
        kept = np.ones(ids.size, dtype=np.bool_)
        if self.merge_gaps and ids.size:
            gap = ids == GAP
            kept = ~(gap & np.concatenate([[self._last_is_gap], gap[:-1]]))
            self._last_is_gap = bool(gap[-1])
            ids = ids[kept]
        self._file.write(ids.data)
        self.size += ids.size
        return kept

    def remove(self) -> None:
        """Frees the disk."""
        self.path.unlink()

    def array(self) -> _Ids:
        """All ids, mapped from the disk."""
        return np.memmap(self.path, np.int32, "r") if self.size else np.empty(0, dtype=np.int32)

    def blocks(self) -> Iterator[_Ids]:
        """All ids, block by block."""
        with self.path.open("rb") as file:
            while (block := np.fromfile(file, dtype=np.int32, count=BLOCK_IDS)).size:
                yield block

    def overlapping_blocks(self) -> Iterator[_Ids]:
        """All ids; every block but the first begins with the last id of the one before."""
        last = np.empty(0, dtype=np.int32)
        for block in self.blocks():
            yield np.concatenate([last, block])
            last = block[-1:]


def pairs(ids: _Ids) -> tuple[_Keys, NDArray[np.bool_]]:
    """Each id and its right neighbour as one key, and where neither is a gap; both of shape: (ids - 1,)."""
    present = ids != GAP
    keys = ids[:-1].astype(np.int64) << 32 | ids[1:]
    return keys.view(np.uint64), present[:-1] & present[1:]


def unpack(keys: _Keys) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The two ids of each key."""
    return (keys >> np.uint64(32)).astype(np.int64), (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)
