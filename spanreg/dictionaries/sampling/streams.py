"""Streams of ids on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

_Ids = NDArray[np.int32]

GAP: Final = -1
"Marker between ids that are not neighbours in the text."

BLOCK_IDS: Final = 1 << 20
"Number of ids that are processed at a time, 4 MB."

_BYTES: Final = np.dtype(np.int32).itemsize


class IdStream:
    """Sequence of ids on disk, written once and read in blocks, by any number of threads.

    ``with IdStream(path) as stream: stream.append(stream.kept(ids))``

    Parameters:
        path: file, which is written within ``with``.
        merge_gaps: whether to merge runs of gaps into one and drop leading gaps, which keeps sparse streams short. It
            must be false if places have to match those of another stream.
    """

    def __init__(self, path: Path, *, merge_gaps: bool = True) -> None:
        self.path = path
        self.merge_gaps = merge_gaps
        self._last_is_gap = True  # so that gaps at the start are dropped
        self.size = 0

    @classmethod
    def written(cls, path: Path, *, merge_gaps: bool) -> Self:
        """Return a stream that was written earlier."""
        stream = cls(path, merge_gaps=merge_gaps)
        stream.size = path.stat().st_size // _BYTES
        return stream

    def __enter__(self) -> Self:
        self._file = self.path.open("wb")
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def kept(self, ids: _Ids) -> _Ids:
        """Return the ids, without gaps after another gap if these are merged."""
        # Apart from ``append``, so that threads share this work, and only the writing is sequential.
        return ids[gap_merging_mask(ids)] if self.merge_gaps else ids

    def append(self, ids: _Ids) -> int:
        """Append the result of ``kept``; return the number of leading gaps that were dropped, 0 or 1."""
        left_out = 0
        if self.merge_gaps and ids.size:
            left_out = int(self._last_is_gap and ids[0] == GAP)
            ids = ids[left_out:]
            self._last_is_gap = bool(ids[-1] == GAP) if ids.size else True
        self._file.write(ids.data)
        self.size += ids.size
        return left_out

    def remove(self) -> None:
        """Delete the file."""
        self.path.unlink()

    def array(self) -> _Ids:
        """Return all ids, memory-mapped, shape: (ids,)."""
        # An empty file cannot be mapped.
        return np.memmap(self.path, np.int32, "r") if self.size else np.empty(0, dtype=np.int32)

    def read(self, places: slice) -> _Ids:
        """Return the ids of some places, shape: (places,)."""
        # The file is opened for every call: threads that shared one open file would also share its position.
        return np.fromfile(self.path, np.int32, places.stop - places.start, offset=places.start * _BYTES)

    def blocks(self, size: int = BLOCK_IDS) -> Iterator[slice]:
        """Yield the places of all ids, in blocks."""
        for first in range(0, self.size, size):
            yield slice(first, min(first + size, self.size))

    def overlapping_blocks(self, size: int = BLOCK_IDS) -> Iterator[slice]:
        """Yield the places of all ids, in blocks that begin with the last place of the block before."""
        for places in self.blocks(size):
            yield slice(max(0, places.start - 1), places.stop)


def gap_merging_mask(ids: _Ids) -> NDArray[np.bool_]:
    """Return a mask that keeps the first gap of each run and all other ids, shape: (ids,)."""
    gap = ids == GAP
    kept = np.ones(ids.size, dtype=np.bool_)
    kept[1:] = ~(gap[1:] & gap[:-1])
    return kept
