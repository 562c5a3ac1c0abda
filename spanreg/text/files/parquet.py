"""Reading of Parquet files with a limit on their expansion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from spanreg.limits import ALWAYS_FINE, largest, limits
from spanreg.registry import ConfigurationError
from spanreg.text.files.blocks import expands_too_far
from spanreg.text.files.parquet_pages import WIDTHS, expansion_bound
from spanreg.text.reasons import reason_of

_ROWS: Final = 1 << 16
"Default number of rows of a batch."
_MANY_ROWS: Final = 1 << 18
"Number of rows of a batch where all batches are kept anyway: fewer batches have a lower fixed cost."
_NESTED_ROWS: Final = 64
"Largest number of rows of a batch whose texts are expanded by the reader, before their size is known."
_PIECE_BYTES: Final = 1 << 28
"Size of text decoded at once, in bytes: an array of strings can have 2 GB at most."


class _References(NamedTuple):
    """Rows whose texts are references into a dictionary of distinct texts."""

    batch: pa.RecordBatch
    lengths: NDArray[np.int64]
    "Size of the texts of each row, in bytes."
    types: list[pa.DataType]
    "Types of the columns in the file's schema."


def read_parquet(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Return columns of a file with its metadata; texts are expanded after the size of all of them is known.

    Args:
        path: the file.
        columns: names of the columns; unknown names are ignored; default: all columns.

    Raises:
        ConfigurationError, OSError, pyarrow.ArrowException: as ``parquet_batches``.
    """
    # References are small. Reading all of them first means that nothing is expanded if the file is too large.
    found = list(_reference_batches(path, columns, _MANY_ROWS))
    batches = [piece for references in found for piece in _expand(references)]
    with pq.ParquetFile(path) as file:
        if not batches:
            return file.read(columns=_present_columns(file, columns))
        return pa.Table.from_batches(batches).replace_schema_metadata(file.schema_arrow.metadata)


def parquet_batches(path: Path, columns: Sequence[str] | None = None, rows: int = _ROWS) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a file in batches.

    Parquet stores a repeated text once, and a run of equal numbers as one number: a file of 2 MB may expand to 20 GB.
    Texts are therefore read as references to distinct texts, and expanded after their size is known, unless the pages
    of the file show that it is small.

    Args:
        path: the file.
        columns: names of the columns; unknown names are ignored; default: all columns.
        rows: largest number of rows of a batch.

    Raises:
        ConfigurationError: the rows take more memory than the command's limit allows for the file's size.
        OSError, pyarrow.ArrowException: the file cannot be read.
    """
    for references in _reference_batches(path, columns, rows):
        yield from _expand(references)


def require_bounded_parquet(path: Path) -> None:
    """Raise an error if a file expands too far, without expanding its texts.

    Raises:
        ConfigurationError, OSError, pyarrow.ArrowException: as ``parquet_batches``.
    """
    with pq.ParquetFile(path) as file:
        names, packed = file.schema_arrow.names, path.stat().st_size
        bound = expansion_bound(path, file.metadata, names, ALWAYS_FINE)
    if bound is None or bound > largest(packed):
        for _ in _reference_batches(path, None, _ROWS):
            pass


def _reference_batches(path: Path, columns: Sequence[str] | None, rows: int) -> Iterator[_References]:
    """Yield the rows of a file in batches, with texts as references, unless the file is small in any case.

    Raises:
        ConfigurationError: the rows take more memory than the limit.
    """
    with pq.ParquetFile(path) as file:
        metadata, names = file.metadata, _present_columns(file, columns)
        schema = file.schema_arrow
        # By position where all columns are read, since several may have one name.
        types = schema.types if columns is None else [schema.field(name).type for name in names]
        packed, total = path.stat().st_size, max(metadata.num_rows, 1)
        bound = expansion_bound(path, metadata, names, ALWAYS_FINE)
        if bound is not None and bound <= largest(packed):
            for batch in file.iter_batches(rows, columns=names):
                yield _References(batch, np.zeros(len(batch), np.int64), types)  # texts are expanded already
            return
    # The footer may be wrong in either direction. If even its own sizes are too large, nothing has to be read.
    _require_size(path, _declared_size(metadata, names), packed)
    prefixed = _prefixed_columns(metadata)
    texts = [name for name, kind in zip(names, types, strict=True) if _is_text(kind) and name not in prefixed]
    if any(map(pa.types.is_nested, types)) or prefixed.intersection(names):
        # Texts within lists, or with shared prefixes, cannot be read as references. They are expanded in batches of a
        # few rows, so that the limit is checked before they fill the memory.
        rows = max(1, min(_NESTED_ROWS, ALWAYS_FINE * total // (bound or 1)))
    size = done = 0
    with pq.ParquetFile(path, metadata=metadata, read_dictionary=texts) as file:
        for batch in file.iter_batches(rows, columns=names):
            lengths = sum((_text_lengths(column) for column in batch.columns), np.zeros(len(batch), np.int64))
            size += int(lengths.sum())
            size += sum(int(column.nbytes) for column in batch.columns if not pa.types.is_dictionary(column.type))
            done += len(batch)
            # In proportion to the rows read, so that a file of many rows is rejected long before its end.
            _require_size(path, size, packed * done // total)
            yield _References(batch, lengths, types)


def _present_columns(file: pq.ParquetFile, columns: Sequence[str] | None) -> list[str]:
    names: list[str] = file.schema_arrow.names
    return names if columns is None else [name for name in columns if name in names]


def _declared_size(metadata: pq.FileMetaData, names: Sequence[str]) -> int:
    """Return a lower bound of the memory that columns take, from the file's footer."""
    size = 0
    for group in range(metadata.num_row_groups):
        for number in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(number)
            if chunk.path_in_schema.partition(".")[0] in names:
                width = WIDTHS.get(chunk.physical_type) or metadata.schema.column(number).length
                size += max(chunk.total_uncompressed_size, chunk.num_values * width)
    return size


def _prefixed_columns(metadata: pq.FileMetaData) -> set[str]:
    """Return the columns whose texts are stored as a prefix shared with the text before, and a suffix."""
    groups = map(metadata.row_group, range(metadata.num_row_groups))
    chunks = [group.column(number) for group in groups for number in range(metadata.num_columns)]
    return {chunk.path_in_schema for chunk in chunks if "DELTA_BYTE_ARRAY" in chunk.encodings}


def _is_text(kind: pa.DataType) -> bool:
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    return any(test(kind) for test in tests)


def _text_lengths(column: pa.Array) -> Any:
    """Return the size of each text of a column of references, 0 for other columns, shape: (rows,)."""
    if not pa.types.is_dictionary(column.type) or not _is_text(column.type.value_type):
        return np.zeros(len(column), np.int64)
    lengths = pc.binary_length(column.dictionary).cast(pa.int64())
    return pc.fill_null(lengths.take(column.indices), 0).to_numpy(zero_copy_only=False)


def _expand(references: _References) -> Iterator[pa.RecordBatch]:
    """Yield a batch with texts in place of references, in pieces whose texts fit into one array."""
    batch, lengths, types = references
    pieces = (np.cumsum(lengths) - lengths) // _PIECE_BYTES
    starts = np.flatnonzero(np.diff(pieces, prepend=-1)).tolist()
    for start, end in zip(starts, [*starts[1:], len(batch)], strict=True):
        columns = map(_decode, batch.slice(start, end - start).columns, types)
        yield pa.RecordBatch.from_arrays(list(columns), names=batch.schema.names)


def _decode(column: pa.Array, kind: pa.DataType) -> pa.Array:
    if not pa.types.is_dictionary(column.type):
        return column
    return column.dictionary_decode().cast(kind.value_type if pa.types.is_dictionary(kind) else kind)


def _require_size(path: Path, size: int, packed: int) -> None:
    """Raise an error if ``packed`` bytes of a file expand to more than the limit."""
    if size > largest(packed):
        raise expands_too_far(path, limits().expansion)


def unreadable_parquet(path: Path, error: Exception) -> ConfigurationError:
    """Return the error of a file that pyarrow cannot read; of its reason, the first line is enough."""
    reason = reason_of(error)
    hint = "replace the file: it is damaged or not Parquet"
    return ConfigurationError(f"cannot be read as Parquet: {reason}", file=str(path), hint=hint)
