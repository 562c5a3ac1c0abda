"""Content hashes of data sets."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from datasets import Dataset


def content_fingerprint(dataset: Dataset) -> str:
    """Return the SHA-256 of a data set's column names, types and values.

    Equal content gives an equal hash, independent of chunks, files and history. The order of rows counts, the order of
    columns does not.
    """
    table: pa.Table = dataset.with_format("arrow")[:]
    digest = hashlib.sha256()
    for name in sorted(table.column_names):
        _add_column(digest, name, table[name].combine_chunks())
    return digest.hexdigest()


def _add_column(digest: Any, name: str, column: pa.Array) -> None:
    """Update a digest with a column's values, independent of their Arrow layout (offsets, slices, bytes of nulls)."""
    kind = "string" if _is_text(column.type) else str(column.type)
    digest.update(json.dumps([name, kind, len(column), column.null_count]).encode() + b"\n")
    # Arrow leaves the bytes of a null undefined: its place is hashed, its value is not.
    if column.null_count:
        digest.update(np.packbits(column.is_null().to_numpy(zero_copy_only=False)).tobytes())
        column = column.drop_null()
    if _is_text(column.type):
        texts = column.cast(pa.large_string())
        # Lengths first: without them, ["ab", "c"] and ["a", "bc"] would have the same bytes.
        digest.update(pc.binary_length(texts).to_numpy().astype("<i8").tobytes())
        for text in texts:
            digest.update(text.as_buffer())
    elif pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        # In the byte order of the machine: those on which torch runs are little-endian.
        digest.update(column.to_numpy().tobytes())
    else:
        digest.update(json.dumps(column.to_pylist(), sort_keys=True, default=repr).encode())


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
