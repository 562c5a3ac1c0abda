"""``KeyTable``: equality with a Python dict, and concurrent use."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spanreg.text.key_table import KeyTable

KEYS = st.lists(st.integers(0, 40) | st.integers(0, 2**64 - 1), max_size=60)


@given(st.lists(KEYS, max_size=5), KEYS)
def test_equals_a_dict(batches: list[list[int]], queries: list[int]) -> None:
    table, expected = KeyTable(), dict[int, int]()
    for batch in batches:
        for key in dict.fromkeys(key for key in batch if key not in expected):
            expected[key] = len(expected)
        assert table.intern(np.array(batch, dtype=np.uint64)).tolist() == [expected[key] for key in batch]
    assert table.find(np.array(queries, dtype=np.uint64)).tolist() == [expected.get(key, -1) for key in queries]
    assert table.keys.tolist() == list(expected)
    assert len(table) == len(expected)


def test_keys_that_differ_in_few_bits_are_found() -> None:
    """Keys that differ only in their upper, middle or lower bits are distinguished."""
    for shift in (0, 20, 40):
        keys = np.arange(1 << 17, dtype=np.uint64) << np.uint64(shift)
        table = KeyTable(keys)
        assert (table.find(keys) == np.arange(keys.size)).all()
        assert (table.find(keys + np.uint64(1 << 63)) == -1).all()


def test_threads_may_add_keys_concurrently() -> None:
    random = np.random.default_rng(1)
    batches = [(random.zipf(1.3, 3000) % 20_000).astype(np.uint64) << np.uint64(20) for _ in range(60)]
    table = KeyTable()
    with ThreadPoolExecutor(4) as threads:
        ids = list(threads.map(table.intern, batches))
    keys = np.concatenate(batches)
    assert len(table) == np.unique(keys).size == np.unique(table.keys).size
    assert (table.keys[np.concatenate(ids)] == keys).all()
    assert (table.find(keys) == np.concatenate(ids)).all()
