"""Columns of any source, checked and renamed to those that every reader shares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from spanreg.data.base import Task
from spanreg.registry import ConfigurationError
from spanreg.text.joined import TokenOffsets

if TYPE_CHECKING:
    from datasets import Dataset

UNKNOWN = -1
"The label of an example whose gold label is not known, but for regressions, where -1 is a value like others."

UNKNOWN_VALUE = math.nan
"The same for regressions."


def limited(table: pa.Table, limit: int | None) -> pa.Table:
    """The first ``limit`` rows, or all."""
    return table if limit is None else table.slice(0, limit)


def shared_columns(table: pa.Table, task: Task, texts: Sequence[str], where: str, unlabelled: bool) -> Dataset:
    """A source's table as the data set that a reader gives: ``text``, ``pair`` where there is one, ``label``, ``idx``.

    Args:
        table: has the text columns, ``label`` (for a multi-label task in its final form) and ``idx``.
        task: what the labels are.
        texts: the text columns, one or two.
        where: the source in words, for errors.
        unlabelled: whether labels may be unknown: -1, in a regression NaN, or -1 in all rows as GLUE has it.

    Raises:
        ConfigurationError: no rows, columns of the wrong type, null values, or labels out of range.
    """
    import datasets

    if table.num_rows == 0:
        raise ConfigurationError(f"{where} has no examples", hint="give a split with at least one row")
    columns = {name: _text(table, source, where) for name, source in zip(("text", "pair"), texts, strict=False)}
    if task.kind == "multi_label":
        columns["label"] = table["label"].cast(pa.list_(pa.int64()))
    else:
        labels = _labels(table, task, where, unlabelled)
        columns["label"] = pa.array(labels, pa.float32() if task.kind == "regression" else pa.int64())
    columns["idx"] = pa.array(_numbers(table, "idx", where, real=False), pa.int64())
    return datasets.Dataset(pa.table(columns))


def _text(table: pa.Table, name: str, where: str) -> pa.ChunkedArray:
    column = table[name]
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        raise ConfigurationError(f"{where}: column {name!r} is of type {column.type}", hint="it must hold strings")
    _refuse_nulls(column, name, where)
    return column.cast(pa.string())


def _refuse_nulls(column: pa.ChunkedArray, name: str, where: str) -> None:
    if column.null_count:
        row = int(np.argmax(column.is_null().to_numpy()))
        problem = f"{where}: column {name!r} is null in row {row} (counted from 0), {column.null_count} rows in all"
        raise ConfigurationError(problem, hint="fill in the value or leave the row out")


def _numbers(table: pa.Table, name: str, where: str, real: bool) -> NDArray[Any]:
    column = table[name]
    fits = pa.types.is_integer(column.type) or (real and pa.types.is_floating(column.type))
    if not fits:
        hint = f"it must hold {'numbers' if real else 'integers'}"
        raise ConfigurationError(f"{where}: column {name!r} is of type {column.type}", hint=hint)
    _refuse_nulls(column, name, where)
    numbers: NDArray[Any] = column.to_numpy()
    return numbers


def _labels(table: pa.Table, task: Task, where: str, unlabelled: bool) -> NDArray[Any]:
    real = task.kind == "regression"
    values = _numbers(table, "label", where, real=real)
    if real and unlabelled and (values == UNKNOWN).all():
        values = np.full(values.size, UNKNOWN_VALUE)
    good = np.isfinite(values) if real else (values >= 0) & (values < len(task.labels))
    if unlabelled:
        good |= np.isnan(values) if real else values == UNKNOWN
    if not good.all():
        row = int(np.argmin(good))
        problem = f"{where}: the label in row {row} (counted from 0) is {values[row]}, {np.sum(~good)} rows in all"
        raise ConfigurationError(problem, hint=_legal(task, unlabelled))
    return values


def _legal(task: Task, unlabelled: bool) -> str:
    if task.kind == "regression":
        return "labels must be finite numbers"
    words = ", ".join(f"{label} ({word})" for label, word in enumerate(task.labels))
    unknown = ", or -1 (unknown)" if unlabelled else "; -1 (unknown) is for test splits"
    return f"the labels of {task.name} are {words}{unknown}"


def token_table(texts: Sequence[str], offsets: TokenOffsets, labels: Sequence[Sequence[int]]) -> pa.Table:
    """The shared columns of a task that labels tokens: ``text``, ``starts``, ``ends``, ``label``, ``idx``.

    Args:
        texts: the texts.
        offsets: where their gold tokens are.
        labels: label ids of the gold tokens of each text.
    """
    bounds = pa.array(offsets.bounds, pa.int32())
    flat = pa.array([label for row in labels for label in row], pa.int64())
    return pa.table(
        {
            "text": pa.array(texts, pa.string()),
            "starts": pa.ListArray.from_arrays(bounds, pa.array(offsets.starts)),
            "ends": pa.ListArray.from_arrays(bounds, pa.array(offsets.ends)),
            "label": pa.ListArray.from_arrays(bounds, flat),
            "idx": pa.array(range(len(texts)), pa.int64()),
        }
    )
