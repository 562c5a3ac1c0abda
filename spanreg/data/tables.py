"""Tables of anybody's layout: which columns are the texts, which one is the label, which words the labels are."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import pyarrow as pa

from spanreg.data.base import DatasetReader, Task, TaskKind
from spanreg.data.columns import limited, shared_columns, token_table
from spanreg.data.table_labels import TableLabels
from spanreg.metrics.base import Metric
from spanreg.registry import AtLeast, ConfigurationError, suggest
from spanreg.text.joined import join_tokens

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
        kind: what is asked; default: ``classification`` where there are ``labels``, otherwise ``regression``. With
            ``multi_label`` a label is a list of words, with ``token_classification`` there is one label for each token,
            and ``text`` names a column of lists of tokens, which are joined by spaces.
        label_separator: what stands between several labels that are one string; default ``|``.
        metrics: registered metrics, the main one first; default: ``accuracy``; for a regression ``pearson`` and
            ``spearman``, for several labels ``multi_label_f1``, for tokens with labels of chunks ``chunk_f1``.
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
        kind: Literal["classification", "regression", "multi_label", "token_classification"] | None = None,
        label_separator: str = "|",
        metrics: list[str] | None = None,
        name: str = "task",
        limit: Annotated[int, AtLeast(1)] | None = None,
    ) -> None:
        asked: TaskKind = kind or ("classification" if labels else "regression")
        _check_labels(labels, label_map or {}, asked)
        if pair is not None and asked == "token_classification":
            raise ConfigurationError("tokens are labelled in single texts", path="pair", hint="leave the key out")
        require_different_columns({"text": text, "pair": pair, "label": label})
        self.texts = (text,) if pair is None else (text, pair)
        self.label = label
        self.limit = limit
        chosen = metrics or _default_metrics(asked, labels or ())
        for position, metric in enumerate(chosen):
            if metric not in Metric.list_available():
                hint = suggest(metric, Metric.list_available(), "metrics")
                raise ConfigurationError(f"there is no metric '{metric}'", path=f"metrics[{position}]", hint=hint)
        self.task = Task(name, asked, tuple(labels or ()), tuple(chosen), pair=pair is not None)
        self.labels = TableLabels(self.task, dict(label_map or {}), label_separator)

    @abstractmethod
    def table(self, split: str) -> tuple[pa.Table, str]:
        """A split's table, with the named columns at least, and its source in words, for errors."""

    @property
    def lists(self) -> tuple[str, ...]:
        """The columns that may hold lists."""
        by_kind = {"multi_label": (self.label,), "token_classification": (*self.texts, self.label)}
        return by_kind.get(self.task.kind, ())

    def read(self, split: str) -> Dataset:
        import datasets

        whole, where = self.table(split)
        table, unlabelled = limited(whole, self.limit), split.startswith("test")
        require_columns(table, self.texts if unlabelled else (*self.texts, self.label), where)
        there = self.label in table.column_names
        values = table[self.label].to_pylist() if there else [None] * table.num_rows
        if self.task.kind == "token_classification":
            texts, offsets = join_tokens(_tokens(table, self.texts[0], where))
            ids = self.labels.of_tokens(values, np.diff(offsets.bounds).tolist(), where, unlabelled)
            return datasets.Dataset(token_table(texts, offsets, ids))
        columns = {name: table[name] for name in self.texts}
        columns["label"] = self.labels.column(values, where, unlabelled)
        columns["idx"] = pa.array(range(table.num_rows), pa.int64())
        return shared_columns(pa.table(columns), self.task, self.texts, where, unlabelled)


def require_different_columns(columns: Mapping[str, str | None]) -> None:
    """Refuse one column in two roles, which would be read as a text that is its own pair, or its own label.

    Args:
        columns: names by the key that gives them; None for a role that no column has.

    Raises:
        ConfigurationError: a column has two roles.
    """
    roles: dict[str, str] = {}
    for role, column in columns.items():
        if column is not None and column in roles:
            problem = f"is {column!r}, which is the column of '{roles[column]}' already"
            raise ConfigurationError(problem, path=role, hint="name another column, or leave the key out")
        roles[str(column)] = role


def _tokens(table: pa.Table, name: str, where: str) -> list[list[str]]:
    """The rows of a column of lists of tokens.

    Raises:
        ConfigurationError: it holds something else, or a token is empty.
    """
    if not table.num_rows:
        raise ConfigurationError(f"{where} has no examples", hint="give a split with at least one row")
    rows: list[Any] = table[name].to_pylist()
    for number, row in enumerate(rows):
        if not isinstance(row, list) or not all(isinstance(token, str) and token.strip() for token in row):
            raise ConfigurationError(
                f"{where}: column {name!r} holds {str(row)[:40]} in row {number} (counted from 0)",
                path="text",
                hint="name a column with lists of tokens, none of them empty",
            )
    return rows


def _default_metrics(kind: TaskKind, labels: Sequence[str]) -> Sequence[str]:
    if kind == "token_classification":
        return ["chunk_f1" if all(label == "O" or label[:2] in ("B-", "I-") for label in labels) else "accuracy"]
    return {"multi_label": ["multi_label_f1"], "regression": ["pearson", "spearman"]}.get(kind, ["accuracy"])


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


def _check_labels(labels: Sequence[str] | None, label_map: Mapping[str, str], kind: TaskKind) -> None:
    if kind == "regression" and labels:
        raise ConfigurationError("a regression has no label words", path="labels", hint="leave the key out")
    if kind != "regression" and labels is None:
        raise ConfigurationError(f"the kind {kind!r} needs label words", path="labels", hint="name them, in any order")
    if labels is not None and (len(labels) < 2 or len(set(labels)) < len(labels)):
        problem = "a label stands twice" if len(labels) > 1 else "a choice needs at least 2 labels"
        raise ConfigurationError(problem, path="labels", hint="leave the key out for real values")
    for source, word in label_map.items():
        if word not in (labels or ()):
            hint = suggest(word, labels or (), "labels")
            raise ConfigurationError(f"'{word}' is none of the labels", path=f"label_map.{source}", hint=hint)
