"""Conversion of a source's columns to the columns that all readers share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from spanreg.data.reading.labels import UNKNOWN, LabelReader
from spanreg.data.sources.cells import shown
from spanreg.data.sources.table import SourceTable
from spanreg.text.joined import TokenOffsets, join_tokens
from spanreg.text.numbers import is_whole

if TYPE_CHECKING:
    from datasets import Dataset

_MOST_DIGITS: Final = 20
"Length of the longest 64-bit integer as text, with its sign."


def shared_columns(
    table: SourceTable,
    labels: LabelReader,
    texts: Sequence[str],
    label: str,
    *,
    index: str | Sequence[int] | NDArray[np.int64] | None = None,
    unlabelled: bool,
) -> Dataset:
    """Return a table as the data set that a reader returns: ``text``, ``pair``, ``label``, ``idx`` and so on.

    Args:
        table: the source.
        labels: the reader of its labels, which has the task.
        texts: the text columns, one or two; for a task on tokens the column with lists of tokens.
        label: the label column.
        index: the examples' numbers, or the column that has them; default: numbers counted from 0.
        unlabelled: whether labels may be unknown, and the label column missing.

    Raises:
        ConfigurationError: the table is empty, columns are missing, or values cannot be read; the error names the rows.
    """
    import datasets

    # Checked together, so that one error names all columns that are missing.
    asked = [*texts, *(() if unlabelled else (label,)), *([index] if isinstance(index, str) else ())]
    table.require(asked)
    values = table.values(label)
    given = _numbers(table, index) if isinstance(index, str) else index
    numbers = pa.array(range(table.size) if given is None else given, pa.int64())
    if labels.task.kind == "token_classification":
        joined, offsets = join_tokens(table.each_row(table.values(texts[0]), _tokens_of(table, texts[0])))
        ids = labels.of_tokens(values, np.diff(offsets.bounds).tolist(), table, unlabelled)
        return datasets.Dataset(token_table(joined, offsets, ids, numbers))
    columns: dict[str, Any] = {name: table.texts(own) for name, own in zip(("text", "pair"), texts, strict=False)}
    columns["label"] = labels.column(values, table, unlabelled)
    return datasets.Dataset(pa.table({**columns, "idx": numbers}))


def without_unknown(table: SourceTable, label: str) -> SourceTable:
    """Return the rows whose label is not -1; errors still name the lines of the file."""
    values = table.values(label)
    # In a format without types, such as CSV, all values are strings.
    kept = [row for row, value in enumerate(values) if value not in (UNKNOWN, str(UNKNOWN))]
    return table if len(kept) == table.size else table.take(kept)


def _numbers(table: SourceTable, name: str) -> list[int]:
    """Return the examples' numbers from a column."""

    def read(row: int, value: Any) -> int:
        number = value
        # In a format without types all values are strings. The length first: int() of a long one takes quadratic time.
        if not table.typed and len(text := str(value).strip(" ")) <= _MOST_DIGITS and is_whole(text):
            number = int(text)
        # bool is a subclass of int.
        if not isinstance(number, int) or isinstance(number, bool) or not -(2**63) <= number < 2**63:
            table.refuse(row, f"column {name!r} holds {shown(value)}", "it must be a 64-bit integer")
        return number

    return table.each_row(table.values(name), read)


def _tokens_of(table: SourceTable, name: str) -> Any:
    """Return a function that reads the list of tokens of a row."""

    def read(row: int, value: Any) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(token, str) and token.strip() for token in value):
            hint = "name a column with lists of tokens, none of them empty"
            table.refuse(row, f"column {name!r} holds {shown(value)}", hint)
        return value

    return read


def token_table(
    texts: Sequence[str], offsets: TokenOffsets, labels: Sequence[Sequence[int]], numbers: pa.Array | None = None
) -> pa.Table:
    """Return the shared columns of a task on tokens: ``text``, ``starts``, ``ends``, ``label``, ``idx``.

    Args:
        texts: the texts.
        offsets: places of their gold tokens.
        labels: label ids of the gold tokens of each text.
        numbers: the examples' numbers; default: counted from 0.
    """
    # All list columns share one array of offsets: no Python list is built for a split of 200,000 tokens.
    bounds = pa.array(offsets.bounds, pa.int32())
    flat = pa.array([label for row in labels for label in row], pa.int64())
    return pa.table(
        {
            "text": pa.array(texts, pa.string()),
            "starts": pa.ListArray.from_arrays(bounds, pa.array(offsets.starts)),
            "ends": pa.ListArray.from_arrays(bounds, pa.array(offsets.ends)),
            "label": pa.ListArray.from_arrays(bounds, flat),
            "idx": pa.array(range(len(texts)), pa.int64()) if numbers is None else numbers,
        }
    )
