"""The key table against a Python dict."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spanreg.text.key_table import KeyTable

KEYS = st.lists(st.integers(0, 40) | st.integers(0, 2**64 - 1), max_size=60)


@given(st.lists(KEYS, max_size=5), KEYS)
def test_equals_a_dict(batches: list[list[int]], asked: list[int]) -> None:
    table, plain = KeyTable(), dict[int, int]()
    for batch in batches:
        for key in dict.fromkeys(key for key in batch if key not in plain):
            plain[key] = len(plain)
        assert table.intern(np.array(batch, dtype=np.uint64)).tolist() == [plain[key] for key in batch]
    assert table.find(np.array(asked, dtype=np.uint64)).tolist() == [plain.get(key, -1) for key in asked]
    assert table.keys.tolist() == list(plain)
    assert len(table) == len(plain)


def test_many_structured_keys() -> None:
    """Keys that differ in their upper or in their lower bits only are found, and quickly."""
    for shift in (0, 20, 40):
        keys = np.arange(1 << 17, dtype=np.uint64) << np.uint64(shift)
        table = KeyTable(keys)
        assert (table.find(keys) == np.arange(keys.size)).all()
        assert (table.find(keys + np.uint64(1 << 63)) == -1).all()


def test_threads_that_add_at_the_same_time() -> None:
    random = np.random.default_rng(1)
    portions = [(random.zipf(1.3, 3000) % 20_000).astype(np.uint64) << np.uint64(20) for _ in range(60)]
    table = KeyTable()
    with ThreadPoolExecutor(4) as threads:
        ids = list(threads.map(table.intern, portions))
    keys = np.concatenate(portions)
    assert len(table) == np.unique(keys).size == np.unique(table.keys).size
    assert (table.keys[np.concatenate(ids)] == keys).all()
    assert (table.find(keys) == np.concatenate(ids)).all()
