"""Counts of pairs equal those of collections.Counter, also with threads and spilled to disk."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanreg.dictionaries.sampling.counting import (
    IdPairs,
    PairCounter,
    PairCounts,
    counted_pairs,
    neighbours,
    pack,
    unpack,
)
from spanreg.dictionaries.sampling.threads import OrderedThreadPool

ID = st.integers(0, 6) | st.integers(0, 3000)
PAIRS = st.lists(st.tuples(ID, ID), max_size=40)


def pair_columns(pairs: list[tuple[int, int]]) -> IdPairs:
    """Return pairs as two columns."""
    columns = np.array(pairs, dtype=np.int32).reshape(-1, 2)
    return IdPairs(columns[:, 0].copy(), columns[:, 1].copy())


def counts_by_pair(counted: PairCounts) -> list[tuple[tuple[int, int], int]]:
    """Return the pairs with their counts, in the order of the keys."""
    first, second = unpack(counted.keys)
    return list(zip(zip(first.tolist(), second.tolist(), strict=True), counted.counts.tolist(), strict=True))


@given(PAIRS)
def test_counts_equal_a_counter(pairs: list[tuple[int, int]]) -> None:
    counted = counted_pairs(pair_columns(pairs))
    assert counts_by_pair(counted) == sorted(Counter(pairs).items())
    assert counted.counts.dtype == np.int64
    # Packing is the inverse of unpacking.
    assert (pack(IdPairs(*(column.astype(np.int32) for column in unpack(counted.keys)))) == counted.keys).all()


@given(PAIRS, st.data())
def test_weights_are_summed(pairs: list[tuple[int, int]], data: st.DataObject) -> None:
    weights = data.draw(st.lists(st.integers(1, 2**40), min_size=len(pairs), max_size=len(pairs)))
    expected: Counter[tuple[int, int]] = Counter()
    for pair, weight in zip(pairs, weights, strict=True):
        expected[pair] += weight
    counted = counted_pairs(pair_columns(pairs), np.array(weights, dtype=np.int64))
    assert counts_by_pair(counted) == sorted(expected.items())


@given(st.lists(PAIRS, max_size=6), st.integers(1, 30), st.sampled_from([1, 3]), st.integers(1, 3))
@settings(max_examples=60)
def test_spilling_and_threads_change_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    portions: list[list[tuple[int, int]]],
    budget: int,
    jobs: int,
    min_count: int,
) -> None:
    folder = tmp_path_factory.mktemp("runs")
    counts = Counter(pair for portion in portions for pair in portion)
    with OrderedThreadPool(jobs) as threads:
        counter = PairCounter(folder, budget, threads)
        counter.add(map(pair_columns, portions))
        counted = counts_by_pair(counter.counted(min_count))
    assert counted == sorted((pair, count) for pair, count in counts.items() if count >= min_count)
    assert not list(folder.iterdir())


def test_more_threads_count_smaller_portions(tmp_path: Path) -> None:
    portion_sizes = [PairCounter(tmp_path, threads=OrderedThreadPool(jobs)).at_once for jobs in (1, 2, 4, 8, 64)]
    # One or two threads sort 2 ** 21 pairs at a time; more threads share that memory, down to 2 ** 19 pairs each.
    assert portion_sizes == [1 << 21, 1 << 21, 1 << 20, 1 << 19, 1 << 19]


def test_neighbours_are_not_paired_across_gaps() -> None:
    pairs, positions = neighbours(np.array([4, 5, -1, 6, 7, 8, -1, -1], dtype=np.int32))
    assert pairs.first.tolist() == [4, 6, 7]
    assert pairs.second.tolist() == [5, 7, 8]
    assert positions.tolist() == [0, 3, 4]
