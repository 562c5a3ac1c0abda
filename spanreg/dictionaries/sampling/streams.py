"""Streams of ids on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

_Ids = NDArray[np.int32]

GAP: Final = -1
"Stands in a stream of ids between those that are not neighbours in the text."

BLOCK_IDS: Final = 1 << 20

_BYTES: Final = np.dtype(np.int32).itemsize


class IdStream:
    """A sequence of ids on disk, written once and read in blocks as often as wanted, by several threads if need be.

    Parameters:
        path: the file, written within ``with``.
        merge_gaps: whether several gaps in a row become one and those at the beginning none, so that a sparse stream is
            short. Not to be done where places must stay those of another stream.
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
        stream.size = path.stat().st_size // _BYTES
        return stream

    def __enter__(self) -> Self:
        self._file = self.path.open("wb")
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def kept(self, ids: _Ids) -> _Ids:
        """The ids without the gaps that follow another one, where these are merged."""
        return ids[keeps(ids)] if self.merge_gaps else ids

    def append(self, ids: _Ids) -> int:
        """Adds ids, of which ``kept`` has been asked, at the end; tells how many it left out in front: 0 or 1."""
        left_out = 0
        if self.merge_gaps and ids.size:
            left_out = int(self._last_is_gap and ids[0] == GAP)
            ids = ids[left_out:]
            self._last_is_gap = bool(ids[-1] == GAP) if ids.size else True
        self._file.write(ids.data)
        self.size += ids.size
        return left_out

    def remove(self) -> None:
        """Frees the disk."""
        self.path.unlink()

    def array(self) -> _Ids:
        """All ids, mapped from the disk."""
        return np.memmap(self.path, np.int32, "r") if self.size else np.empty(0, dtype=np.int32)

    def read(self, places: slice) -> _Ids:
        """Some of the ids."""
        return np.fromfile(self.path, np.int32, places.stop - places.start, offset=places.start * _BYTES)

    def blocks(self, size: int = BLOCK_IDS) -> Iterator[slice]:
        """The places of all ids, block by block."""
        for first in range(0, self.size, size):
            yield slice(first, min(first + size, self.size))

    def overlapping_blocks(self, size: int = BLOCK_IDS) -> Iterator[slice]:
        """The places of all ids; every block but the first begins with the last one of the block before."""
        for places in self.blocks(size):
            yield slice(max(0, places.start - 1), places.stop)


def keeps(ids: _Ids) -> NDArray[np.bool_]:
    """Which ids stay if several gaps in a row become one."""
    gap = ids == GAP
    kept = np.ones(ids.size, dtype=np.bool_)
    kept[1:] = ~(gap[1:] & gap[:-1])
    return kept
