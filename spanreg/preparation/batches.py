"""Iteration over a data set in batches of bounded size."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
from datasets import Dataset

BATCH_TEXTS = 2000
BATCH_CHARACTERS = 500_000
"Limits of a batch in texts and in characters, so that long texts need no more memory than short ones."


def batches(dataset: Dataset) -> Iterator[pa.Table]:
    """Yield the rows in order, as tables of at most ``BATCH_TEXTS`` rows and ``BATCH_CHARACTERS``, or of one row."""
    for table in dataset.with_format("arrow").iter(BATCH_TEXTS):
        sizes = [sum(map(len, texts)) for texts in zip(*texts_of(table), strict=True)]
        start = characters = 0
        for row, size in enumerate(sizes):
            if characters and characters + size > BATCH_CHARACTERS:
                yield table.slice(start, row - start)
                start, characters = row, 0
            characters += size
        # A single text above the limit is a batch by itself: it cannot be divided.
        yield table.slice(start)


def texts_of(batch: pa.Table) -> list[list[str]]:
    """Return the texts and, for a task on pairs, the second texts."""
    return [batch[name].to_pylist() for name in ("text", "pair") if name in batch.column_names]
