"""Exact map from 64-bit keys to dense ids, for whole arrays of keys at once."""

from __future__ import annotations

from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

_Keys = NDArray[np.uint64]
_Ids = NDArray[np.int32]

_FREE: Final = -1
"Content of a free slot."
# 2 ** 64 divided by the golden ratio: multiplying by it spreads similar keys over the whole table (Fibonacci hashing).
_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_SMALLEST_BITS: Final = 6
"Logarithm of the smallest number of slots."


class KeyTable:
    """Numbers distinct 64-bit keys 0, 1, 2, ... in the order in which they are added, and looks them up.

    A hash table with open addressing and linear probing. Every step is one NumPy operation over all keys that are not
    yet resolved: expected O(1) per key, without a Python loop over keys. Keys are compared in full, so collisions cost
    time but never give a wrong result.

    Several threads may use one table: one thread adds at a time, and others may look up while it does. A key is stored
    before its slot is filled, so an id that is found is right; a thread that misses a key which is just being moved
    looks it up again under the lock.

    Example: ``KeyTable().intern(np.array([7, 9, 7], np.uint64))`` is ``[0, 1, 0]``.

    Parameters:
        keys: distinct initial keys, shape: (keys,); key i gets the id i.
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
        """The keys in the order of their ids, shape: (keys,)."""
        return self._keys[: self._size]

    def find(self, keys: _Keys) -> _Ids:
        """Return the ids of keys, -1 for keys that are not in the table; same shape."""
        # The reference is read once: another thread may replace the table while this one probes it.
        table = self._slots
        slots = _first_slots(keys, table)
        ids = table.take(slots)
        # Most keys are found at once, so that this comparison has no loop around it, and later steps handle the others.
        # A free slot has the id -1. mode="wrap" reads some key for it, which the next line then discards.
        pending = np.flatnonzero(self._keys.take(ids, mode="wrap") != keys)
        pending = pending[ids[pending] != _FREE]
        while pending.size:
            slots[pending] = _next_slots(slots[pending], table)
            ids[pending] = tried = table[slots[pending]]
            pending = pending[(tried != _FREE) & (self._keys[tried] != keys[pending])]
        return ids

    def intern(self, keys: _Keys) -> _Ids:
        """Return the ids of keys; new keys are added in the order in which they first occur."""
        ids = self.find(keys)
        missing = np.flatnonzero(ids == _FREE)
        if missing.size:
            new = keys[missing]
            # Looked up again under the lock: another thread may have added some of the keys in the meantime.
            with self._adding:
                absent = new[self.find(new) == _FREE]
                _, first = np.unique(absent, return_index=True)
                self._add(absent[np.sort(first)])
                ids[missing] = self.find(new)
        return ids

    def _add(self, new: _Keys) -> None:
        """Add distinct keys that are not in the table."""
        first = self._size
        size = first + new.size
        # Doubling keeps the cost of copying at O(1) for each key added.
        if size > self._keys.size:
            grown = np.zeros(max(size, 2 * self._keys.size), dtype=np.uint64)
            grown[:first] = self._keys[:first]
            self._keys = grown
        self._keys[first:size] = new
        table = self._slots
        # At most half full: linear probing slows down sharply beyond that.
        if 2 * size > table.size:
            bits = max(_SMALLEST_BITS, int(4 * size - 1).bit_length())
            table = np.full(1 << bits, _FREE, dtype=np.int32)
            first = 0
        self._place(np.arange(first, size, dtype=np.int32), table)
        # Published last, so that other threads see either the old table or the complete new one.
        self._slots, self._size = table, size

    def _place(self, ids: _Ids, table: _Ids) -> None:
        """Put each id into the first free slot at or after the slot of its key."""
        slots = _first_slots(self._keys[ids], table)
        while ids.size:
            free = table[slots] == _FREE
            table[slots[free]] = ids[free]
            lost = table[slots] != ids  # of several ids that wanted one slot, the last one has it
            ids, slots = ids[lost], _next_slots(slots[lost], table)


def _first_slots(keys: _Keys, table: _Ids) -> NDArray[np.int64]:
    """Return the slot at which the search for each key begins: the upper bits of its hash, shape: (keys,)."""
    bits = table.size.bit_length() - 1
    # The upper half is mixed into the lower one first: keys of pairs differ in their upper halves.
    mixed = keys >> np.uint64(32)
    mixed ^= keys
    mixed *= _GOLDEN
    mixed >>= np.uint64(64 - bits)
    return mixed.view(np.int64)


def _next_slots(slots: NDArray[np.int64], table: _Ids) -> NDArray[np.int64]:
    # The number of slots is a power of two: the mask continues at slot 0 after the last one.
    return slots + 1 & table.size - 1
