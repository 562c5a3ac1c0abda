"""Checks of a user's reader at run time: it has a task, and its splits have the shared columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from spanreg.data.base import DatasetReader, Task, TaskKind
from spanreg.registry import ConfigurationError
from spanreg.registry.faults import contract_check

if TYPE_CHECKING:
    from datasets import Dataset

LABELS: Final[dict[TaskKind, dict[str, str]]] = {
    "classification": {"label": "int64"},
    "regression": {"label": "float"},
    "multi_label": {"label": "list<int64>"},
    "token_classification": {"label": "list<int64>", "starts": "list<int32>", "ends": "list<int32>"},
}
"Label columns by kind of task, with Arrow's names of their types."


def columns_of(task: Task) -> dict[str, str]:
    """Return the columns of a task's splits, with their types."""
    return {"text": "string", **({"pair": "string"} if task.pair else {}), **LABELS[task.kind], "idx": "int64"}


def require_task(reader: DatasetReader) -> Task:
    """Return the task of a reader.

    Raises:
        ConfigurationError: the reader has no task.
    """
    task = getattr(reader, "task", None)
    if not isinstance(task, Task):
        got = "no 'task'" if task is None else f"a {type(task).__name__} as its 'task'"
        raise _error(reader, f"has {got}, expected a Task", "set self.task = Task(...) in __init__")
    return task


def require_shared_columns(reader: DatasetReader, split: str, found: Any) -> Dataset:
    """Return the data set that a reader returned for a split.

    Raises:
        ConfigurationError: the value is not a data set, a column is missing, has another type or has nulls, or a label
            is out of range; all problems at once.
    """
    import datasets

    wanted = columns_of(require_task(reader))
    call = f"read('{split}') returns"
    if not isinstance(found, datasets.Dataset):
        raise _error(reader, f"{call} a {type(found).__name__}, expected a datasets.Dataset", _all(wanted))
    # Arrow's own types: ``datasets`` has classes of its own, such as ClassLabel, for the same int64.
    types = {name: found.features.arrow_schema.field(name).type for name in found.column_names}
    missing = [f"no column '{name}' ({kind})" for name, kind in wanted.items() if name not in types]
    wrong = [
        f"the column '{name}' of {types[name]}, expected {kind}"
        for name, kind in wanted.items()
        if name in types and not _fits(types[name], kind)
    ]
    if missing or wrong:
        has = f"; columns: {', '.join(types) or 'none'}" if missing else ""
        raise _error(reader, f"{call} {', '.join([*missing, *wrong])}{has}", _all(wanted))
    # Not ``found.data``, which still has the rows that ``select`` and ``filter`` left out.
    table: pa.Table = found.select_columns(list(wanted)).with_format("arrow")[:]
    _require_values(reader, call, table)
    _require_known_labels(reader, call, table)
    return found


def _require_values(reader: DatasetReader, call: str, table: pa.Table) -> None:
    """Raise an error if a column has nulls, also within its lists."""
    wanted = columns_of(reader.task)
    nulls = {name: row for name in wanted if (row := _first_null(table[name])) is not None}
    if nulls:
        what = ", ".join(f"null in the column '{name}' (row {row}, counted from 0)" for name, row in nulls.items())
        unknown = "NaN" if reader.task.kind == "regression" else "-1"
        raise _error(reader, f"{call} {what}", f"give a value in every row; a label that is unknown is {unknown}")


def _first_null(column: pa.ChunkedArray) -> int | None:
    """Return the position of the first row that is null or a list with a null; None if there is none."""
    is_list = pa.types.is_nested(column.type)
    if not column.null_count and not (is_list and pc.list_flatten(column).null_count):
        return None
    rows = enumerate(column.to_pylist())
    return next(row for row, value in rows if value is None or (is_list and None in value))


def _require_known_labels(reader: DatasetReader, call: str, table: pa.Table) -> None:
    """Raise an error if a classification has a label id that is out of range."""
    count = len(reader.task.labels)
    if reader.task.kind != "classification" or not table.num_rows:
        return
    seen = pc.min_max(table["label"]).as_py()
    low, high = seen["min"], seen["max"]
    if low < -1 or high >= count:
        what = f"labels from {low} to {high}, expected ids from 0 to {count - 1}, or -1 where unknown"
        raise _error(reader, f"{call} {what}", f"the task has the labels {', '.join(reader.task.labels[:8])}")


def _fits(found: pa.DataType, wanted: str) -> bool:
    """Return whether a column can be read as the type that is wanted, as narrower types can."""
    if wanted.startswith("list"):
        return bool(pa.types.is_list(found) or pa.types.is_large_list(found)) and pa.types.is_integer(found.value_type)
    if wanted == "string":
        return bool(pa.types.is_string(found) or pa.types.is_large_string(found))
    return bool(pa.types.is_integer(found) or (wanted == "float" and pa.types.is_floating(found)))


def _all(wanted: dict[str, str]) -> str:
    return f"give the columns {', '.join(f'{name} ({kind})' for name, kind in wanted.items())}"


def _error(reader: DatasetReader, problem: str, hint: str) -> ConfigurationError:
    cls = type(reader)
    # A mistake of the reader's author, who can test the class with the contract of its family.
    return ConfigurationError(f"{cls.__name__}: {problem}", hint=f"{hint}. {contract_check(cls)} checks all of it")
