"""An exact map from 64-bit keys to dense ids that looks up whole arrays at once."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_Keys = NDArray[np.uint64]
_Ids = NDArray[np.int32]

_FREE: Final = -1
_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_SMALLEST_BITS: Final = 6


class KeyTable:
    """Numbers distinct 64-bit keys 0, 1, 2, ... in the order in which they are added, and finds them again.

    A hash table with open addressing and linear probing whose every step is one NumPy operation over all keys that are
    still to be settled. Keys are compared in full, so collisions cost time and never a wrong answer.

    Parameters:
        keys: distinct keys to begin with, shape: (keys,); key i gets id i.
    """

    def __init__(self, keys: _Keys | None = None) -> None:
        self._keys: _Keys = np.zeros(1, dtype=np.uint64)
        self._size = 0
        self._slots: _Ids = np.full(1 << _SMALLEST_BITS, _FREE, dtype=np.int32)
        if keys is not None:
            self._add(keys)

    def __len__(self) -> int:
        return self._size

    @property
    def keys(self) -> _Keys:
        """All keys in the order of their ids, shape: (keys,)."""
        return self._keys[: self._size]

    def find(self, keys: _Keys) -> _Ids:
        """Ids of keys, -1 for those that are not in the table; same shape."""
        slots = self._first_slots(keys)
        ids = self._slots.take(slots)
        pending = np.flatnonzero(self._keys.take(ids, mode="wrap") != keys)
        pending = pending[ids[pending] != _FREE]
        while pending.size:
            slots[pending] = self._next_slots(slots[pending])
            ids[pending] = tried = self._slots[slots[pending]]
            pending = pending[(tried != _FREE) & (self._keys[tried] != keys[pending])]
        return ids

    def intern(self, keys: _Keys) -> _Ids:
        """Ids of keys; those that are not in the table are added in the order in which they first occur."""
        ids = self.find(keys)
        missing = np.flatnonzero(ids == _FREE)
        if missing.size:
            new = keys[missing]
            _, first = np.unique(new, return_index=True)
            self._add(new[np.sort(first)])
            ids[missing] = self.find(new)
        return ids

    def _add(self, new: _Keys) -> None:
        """Adds distinct keys that are not in the table."""
        first = self._size
        self._size += new.size
        if self._size > self._keys.size:
            grown = np.zeros(max(self._size, 2 * self._keys.size), dtype=np.uint64)
            grown[:first] = self._keys[:first]
            self._keys = grown
        self._keys[first : self._size] = new
        if 2 * self._size > self._slots.size:
            bits = max(_SMALLEST_BITS, int(4 * self._size - 1).bit_length())
            self._slots = np.full(1 << bits, _FREE, dtype=np.int32)
            first = 0
        self._place(np.arange(first, self._size, dtype=np.int32))

    def _place(self, ids: _Ids) -> None:
        """Gives each id the first free slot from its key's own slot on."""
        slots = self._first_slots(self._keys[ids])
        while ids.size:
            free = self._slots[slots] == _FREE
            self._slots[slots[free]] = ids[free]
            lost = self._slots[slots] != ids  # where several ids wanted one slot, the last one has it
            ids, slots = ids[lost], self._next_slots(slots[lost])

    def _first_slots(self, keys: _Keys) -> NDArray[np.int64]:
        bits = self._slots.size.bit_length() - 1
        mixed = keys >> np.uint64(32)
        mixed ^= keys
        mixed *= _GOLDEN
        mixed >>= np.uint64(64 - bits)
        return mixed.view(np.int64)

    def _next_slots(self, slots: NDArray[np.int64]) -> NDArray[np.int64]:
        return slots + 1 & self._slots.size - 1
