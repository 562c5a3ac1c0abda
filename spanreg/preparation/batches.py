"""A data set in pieces of bounded size."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
from datasets import Dataset

BATCH_TEXTS = 2000
BATCH_CHARACTERS = 500_000
"Where a batch ends, so that long texts take no more memory than short ones."


def batches(dataset: Dataset) -> Iterator[pa.Table]:
    """The rows in order, as tables with at most ``BATCH_TEXTS`` rows and, beyond one row, ``BATCH_CHARACTERS``."""
    for table in dataset.with_format("arrow").iter(BATCH_TEXTS):
        sizes = [sum(map(len, texts)) for texts in zip(*texts_of(table), strict=True)]
        start = held = 0
        for row, size in enumerate(sizes):
            if held and held + size > BATCH_CHARACTERS:
                yield table.slice(start, row - start)
                start, held = row, 0
            held += size
        yield table.slice(start)


def texts_of(batch: pa.Table) -> list[list[str]]:
    """The texts, and their second sentences where the task has pairs."""
    return [batch[name].to_pylist() for name in ("text", "pair") if name in batch.column_names]
