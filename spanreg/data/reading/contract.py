"""What every reader gives: a task, and splits in the shared columns. Holds the readers of others to it."""

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
"Columns by what the task asks, as Arrow calls their types."


def columns_of(task: Task) -> dict[str, str]:
    """Return the columns that a split of a task has, with their types."""
    return {"text": "string", **({"pair": "string"} if task.pair else {}), **LABELS[task.kind], "idx": "int64"}


def require_task(reader: DatasetReader) -> Task:
    """Return the task of a reader.

    Raises:
        ConfigurationError: the reader has none.
    """
    task = getattr(reader, "task", None)
    if not isinstance(task, Task):
        got = "no 'task'" if task is None else f"a {type(task).__name__} as its 'task'"
        raise _error(reader, f"has {got}, expected a Task", "set self.task = Task(...) in __init__")
    return task


def require_shared_columns(reader: DatasetReader, split: str, found: Any) -> Dataset:
    """Return what a reader gave for a split.

    Raises:
        ConfigurationError: it is no data set, lacks a column, or a column has another type or labels that the task has
            not; all problems at once.
    """
    import datasets

    wanted = columns_of(require_task(reader))
    said = f"read('{split}') gives"
    if not isinstance(found, datasets.Dataset):
        raise _error(reader, f"{said} a {type(found).__name__}, expected a datasets.Dataset", _all(wanted))
    types = {name: found.features.arrow_schema.field(name).type for name in found.column_names}
    missing = [f"no column '{name}' ({kind})" for name, kind in wanted.items() if name not in types]
    wrong = [
        f"the column '{name}' of {types[name]}, expected {kind}"
        for name, kind in wanted.items()
        if name in types and not _fits(types[name], kind)
    ]
    if missing or wrong:
        has = f"; columns: {', '.join(types) or 'none'}" if missing else ""
        raise _error(reader, f"{said} {', '.join([*missing, *wrong])}{has}", _all(wanted))
    _require_known_labels(reader, said, found)
    return found


def _require_known_labels(reader: DatasetReader, said: str, found: Dataset) -> None:
    count = len(reader.task.labels)
    if reader.task.kind != "classification" or not len(found):
        return
    seen = pc.min_max(found.data.column("label")).as_py()
    low, high = seen["min"], seen["max"]
    if low is None or low < -1 or high >= count:
        what = f"labels from {low} to {high}, expected ids from 0 to {count - 1}, or -1 where unknown"
        raise _error(reader, f"{said} {what}", f"the task has the labels {', '.join(reader.task.labels[:8])}")


def _fits(found: pa.DataType, wanted: str) -> bool:
    """Whether a column can be read as the type that is wanted; a narrower one can."""
    if wanted.startswith("list"):
        return bool(pa.types.is_list(found) or pa.types.is_large_list(found)) and pa.types.is_integer(found.value_type)
    if wanted == "string":
        return bool(pa.types.is_string(found) or pa.types.is_large_string(found))
    return bool(pa.types.is_integer(found) or (wanted == "float" and pa.types.is_floating(found)))


def _all(wanted: dict[str, str]) -> str:
    return f"give the columns {', '.join(f'{name} ({kind})' for name, kind in wanted.items())}"


def _error(reader: DatasetReader, problem: str, hint: str) -> ConfigurationError:
    cls = type(reader)
    return ConfigurationError(f"{cls.__name__}: {problem}", hint=f"{hint}. {contract_check(cls)} checks all of it")
