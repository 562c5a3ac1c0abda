"""An exact map from 64-bit keys to dense ids that looks up whole arrays at once."""

from __future__ import annotations

from threading import Lock
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

    Several threads may use one table: they add in turn, and find while another one adds. A slot is filled after its key
    was stored, so that what is found is right; who misses a key that is being moved looks again when it is their turn.

    Parameters:
        keys: distinct keys to begin with, shape: (keys,); key i gets id i.
    """

    def __init__(self, keys: _Keys | None = None) -> None:
        self._keys: _Keys = np.zeros(1, dtype=np.uint64)
        self._size = 0
        self._adding = Lock()
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
        table = self._slots
        slots = _first_slots(keys, table)
        ids = table.take(slots)
        pending = np.flatnonzero(self._keys.take(ids, mode="wrap") != keys)
        pending = pending[ids[pending] != _FREE]
        while pending.size:
            slots[pending] = _next_slots(slots[pending], table)
            ids[pending] = tried = table[slots[pending]]
            pending = pending[(tried != _FREE) & (self._keys[tried] != keys[pending])]
        return ids

    def intern(self, keys: _Keys) -> _Ids:
        """Ids of keys; those that are not in the table are added in the order in which they first occur."""
        ids = self.find(keys)
        missing = np.flatnonzero(ids == _FREE)
        if missing.size:
            new = keys[missing]
            with self._adding:
                absent = new[self.find(new) == _FREE]
                _, first = np.unique(absent, return_index=True)
                self._add(absent[np.sort(first)])
                ids[missing] = self.find(new)
        return ids

    def _add(self, new: _Keys) -> None:
        """Adds distinct keys that are not in the table."""
        first = self._size
        size = first + new.size
        if size > self._keys.size:
            grown = np.zeros(max(size, 2 * self._keys.size), dtype=np.uint64)
            grown[:first] = self._keys[:first]
            self._keys = grown
        self._keys[first:size] = new
        table = self._slots
        if 2 * size > table.size:
            bits = max(_SMALLEST_BITS, int(4 * size - 1).bit_length())
            table = np.full(1 << bits, _FREE, dtype=np.int32)
            first = 0
        self._place(np.arange(first, size, dtype=np.int32), table)
        self._slots, self._size = table, size

    def _place(self, ids: _Ids, table: _Ids) -> None:
        """Gives each id the first free slot from its key's own slot on."""
        slots = _first_slots(self._keys[ids], table)
        while ids.size:
            free = table[slots] == _FREE
            table[slots[free]] = ids[free]
            lost = table[slots] != ids  # where several ids wanted one slot, the last one has it
            ids, slots = ids[lost], _next_slots(slots[lost], table)


def _first_slots(keys: _Keys, table: _Ids) -> NDArray[np.int64]:
    bits = table.size.bit_length() - 1
    mixed = keys >> np.uint64(32)
    mixed ^= keys
    mixed *= _GOLDEN
    mixed >>= np.uint64(64 - bits)
    return mixed.view(np.int64)


def _next_slots(slots: NDArray[np.int64], table: _Ids) -> NDArray[np.int64]:
    return slots + 1 & table.size - 1
