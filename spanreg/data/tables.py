"""Tables of anybody's layout: which columns are the texts, which one is the label, which words the labels are."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import pyarrow as pa

from spanreg.data.base import DatasetReader, Task
from spanreg.data.columns import UNKNOWN, limited, shared_columns
from spanreg.metrics.base import Metric
from spanreg.registry import AtLeast, ConfigurationError, suggest

if TYPE_CHECKING:
    from datasets import Dataset


class TableReader(DatasetReader):
    """Base of the readers of tables whose columns a config names.

    A label may be given as its word, or as a whole number that counts the label words from 0; ``label_map`` turns what
    stands in the data into the words first. In splits whose names begin with ``test`` labels may be missing, and the
    whole column too.

    To add one: subclass, decorate with ``@DatasetReader.register("my_reader")`` and implement ``splits`` and ``table``.

    Parameters:
        text: name of the text column.
        pair: name of the second text's column, for a task on pairs; default: single texts.
        label: name of the label column.
        labels: label words in the order of their ids; default: none, the labels are real values (regression).
        label_map: what stands in the data, as text, to label word; default: nothing is renamed.
        metrics: registered metrics, the main one first; default: ``accuracy``, for a regression ``pearson`` and
            ``spearman``.
        name: of the task in reports.
        limit: at most so many examples of every split, the first ones; default: all.

    Raises:
        ConfigurationError: fewer than two labels, a label twice, a ``label_map`` that leads to no label, or an unknown
            metric; at reading: a split, file or column is missing, or a label is none of the task's.
    """

    def __init__(
        self,
        text: str = "text",
        pair: str | None = None,
        label: str = "label",
        labels: list[str] | None = None,
        label_map: dict[str, str] | None = None,
        metrics: list[str] | None = None,
        name: str = "task",
        limit: Annotated[int, AtLeast(1)] | None = None,
    ) -> None:
        _check_labels(labels, label_map or {})
        self.texts = (text,) if pair is None else (text, pair)
        self.label = label
        self.label_map = dict(label_map or {})
        self.limit = limit
        chosen = metrics or (["accuracy"] if labels else ["pearson", "spearman"])
        for position, metric in enumerate(chosen):
            if metric not in Metric.list_available():
                hint = suggest(metric, Metric.list_available(), "metrics")
                raise ConfigurationError(f"there is no metric '{metric}'", path=f"metrics[{position}]", hint=hint)
        self.task = Task(
            name=name,
            kind="classification" if labels else "regression",
            labels=tuple(labels or ()),
            metrics=tuple(chosen),
            pair=pair is not None,
        )

    @abstractmethod
    def table(self, split: str) -> tuple[pa.Table, str]:
        """A split's table, with the named columns at least, and its source in words, for errors."""

    def read(self, split: str) -> Dataset:
        whole, where = self.table(split)
        table, unlabelled = limited(whole, self.limit), split.startswith("test")
        require_columns(table, self.texts if unlabelled else (*self.texts, self.label), where)
        columns = {name: table[name] for name in self.texts}
        columns["label"] = self._labels(table, where, unlabelled)
        columns["idx"] = pa.array(range(table.num_rows), pa.int64())
        return shared_columns(pa.table(columns), self.task, self.texts, where, unlabelled)

    def _labels(self, table: pa.Table, where: str, unlabelled: bool) -> pa.Array:
        regression = self.task.kind == "regression"
        kind = pa.float32() if regression else pa.int64()
        if self.label not in table.column_names:
            return pa.array([UNKNOWN] * table.num_rows, kind)
        known = {word: number for number, word in enumerate(self.task.labels)}
        found: list[float] = []
        for row, value in enumerate(table[self.label].to_pylist()):
            if unlabelled and value in (None, "", UNKNOWN):
                found.append(UNKNOWN)
                continue
            number = _real(value) if regression else self._number(value, known)
            if number is None:
                problem = f"{where}: the label in row {row} (counted from 0) is {value!r}"
                raise ConfigurationError(problem, path="labels", hint=self._legal())
            found.append(number)
        return pa.array(found, kind)

    def _number(self, value: Any, known: Mapping[str, int]) -> int | None:
        """The id of a label as it stands in the data."""
        text = str(value)
        text = self.label_map.get(text, text)
        if text in known:
            return known[text]
        return int(text) if text.isascii() and text.isdigit() and int(text) < len(known) else None

    def _legal(self) -> str:
        if self.task.kind == "regression":
            return "give numbers, or name the label words by 'labels'"
        words = [*self.task.labels, *self.label_map]
        return f"the labels are {', '.join(map(repr, words))}; 'label_map' renames what stands in the data"


def require_columns(table: pa.Table, names: Sequence[str], where: str) -> None:
    """Holds that a table has the columns.

    Raises:
        ConfigurationError: some are missing.
    """
    missing = [name for name in names if name not in table.column_names]
    if missing:
        raise ConfigurationError(
            f"{where} lacks the columns {', '.join(missing)}",
            hint=f"it has: {', '.join(table.column_names)}. name its columns by 'text', 'pair' and 'label'",
        )


def _check_labels(labels: Sequence[str] | None, label_map: Mapping[str, str]) -> None:
    if labels is not None and (len(labels) < 2 or len(set(labels)) < len(labels)):
        problem = "a label stands twice" if len(labels) > 1 else "a choice needs at least 2 labels"
        raise ConfigurationError(problem, path="labels", hint="leave the key out for real values")
    for source, word in label_map.items():
        if word not in (labels or ()):
            hint = suggest(word, labels or (), "labels")
            raise ConfigurationError(f"'{word}' is none of the labels", path=f"label_map.{source}", hint=hint)


def _real(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
