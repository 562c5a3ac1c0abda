"""Columns of Parquet files, and the label words that their schema may have."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from spanreg.data.sources.delimited import repeated_names
from spanreg.data.sources.table import RowOrigin, SourceTable
from spanreg.text.files import parquet

if TYPE_CHECKING:
    from datasets import Dataset

_FEATURES = b"huggingface"
"Key of the schema's metadata under which ``datasets`` stores its own types, label words among them."


def read_wanted_columns(path: Path, wanted: Collection[str], label: str) -> SourceTable:
    """Return the wanted columns of a Parquet file.

    Args:
        path: the file.
        wanted: the columns to read.
        label: the label column; the schema may have words for its label ids.

    Raises:
        ConfigurationError: the file is damaged or not Parquet, or expands too far.
    """
    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            repeated = repeated_names(names)
            # Parquet allows columns of the same name; ``require`` reports them where they are needed.
            known = [name for name in wanted if name in names and name not in repeated]
            words = label_words(file.schema_arrow, label)
            rows = file.metadata.num_rows
        table = parquet.read_parquet(path, known)
    except (pa.ArrowException, OSError) as error:
        raise parquet.unreadable_parquet(path, error) from error
    columns = {name: table[name] for name in known}
    return SourceTable(columns, names, rows, (RowOrigin(str(path), 0, None),), repeated=repeated, label_words=words)


def table_of_dataset(dataset: Dataset, file: str, wanted: Collection[str], label: str) -> SourceTable:
    """Return the wanted columns of a data set loaded by ``datasets``.

    Args:
        dataset: the data set.
        file: name of the data set in errors.
        wanted: the columns to keep.
        label: the label column; the data set may have words for its label ids.
    """
    names = dataset.column_names
    kept = [name for name in wanted if name in names]
    # Selected first: a column that is not wanted may be large, such as images.
    arrow: pa.Table = dataset.select_columns(kept).with_format("arrow")[:] if kept else None
    words = words_of_feature(dataset.features.to_dict().get(label))
    columns = {name: arrow[name] for name in kept}
    return SourceTable(columns, names, len(dataset), (RowOrigin(file, 0, None),), label_words=words)


def parquet_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the rows of a Parquet file with their numbers, counted from 0; columns with the same name are left out.

    Raises:
        ConfigurationError: the file is damaged or not Parquet, or expands too far.
    """
    number = 0
    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
        repeated = repeated_names(names)
        kept = [name for name in names if name not in repeated]
        for batch in parquet.parquet_batches(path, rows=1024):
            for row in batch.to_pylist():
                yield number, {name: row[name] for name in kept}
                number += 1
    except (pa.ArrowException, OSError) as error:
        raise parquet.unreadable_parquet(path, error) from error


def label_words(schema: pa.Schema, label: str) -> tuple[str, ...]:
    """Return the words that a schema written by ``datasets`` has for the ids of a label column; empty if none."""
    try:
        features = json.loads((schema.metadata or {})[_FEATURES])["info"]["features"]
        return words_of_feature(features[label])
    except (KeyError, TypeError, ValueError):
        return ()


def words_of_feature(feature: Any) -> tuple[str, ...]:
    """Return the words of a ``ClassLabel``, or of a list of them, in its JSON form."""
    # Versions of ``datasets`` differ in how they write a list of labels: [feature] or {"feature": ...}.
    while isinstance(feature, list | dict):
        if isinstance(feature, list):
            feature = feature[0] if feature else None
        elif isinstance(names := feature.get("names"), list):
            return tuple(map(str, names))
        else:
            feature = feature.get("feature")
    return ()
