"""Base of the readers of tables: the columns of texts and labels, and the label words."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from copy import copy
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

from spanreg.data.base import MetricConfig, Task, TaskKind
from spanreg.data.reading.columns import shared_columns
from spanreg.data.reading.labels import LabelReader
from spanreg.data.reading.task_inference import CHUNK_TAG, InferredLabels, infer_labels
from spanreg.data.sampled_reader import SampledReader
from spanreg.data.sources.layout import DataLayout
from spanreg.data.sources.splits import is_test_split
from spanreg.data.sources.table import SourceTable
from spanreg.metrics.base import Metric
from spanreg.registry import ConfigurationError, Distinct, Items, Lazy, suggest, within

if TYPE_CHECKING:
    from datasets import Dataset


class TableReader(SampledReader):
    """Base of the readers of tables whose columns a config names.

    A label is given as its word or, where neither a label word nor a key of ``label_map`` is a number, as its id: a
    whole number that counts the label words from 0. ``label_map`` is applied first. Where a config names no labels,
    they are inferred from the training data. In test splits (``spanreg.data.sources.splits``), labels or the whole
    label column may be missing.

    To add one: subclass, decorate with ``@DatasetReader.register("my_reader")`` and implement ``splits`` and ``table``.
    An ``__init__`` names its own arguments and passes ``**columns`` to ``super().__init__``.

    Parameters:
        text: name of the text column; default ``text``.
        pair: name of the second text's column, for a task on pairs; default: single texts.
        label: name of the label column; default ``label``.
        labels: label words in the order of their ids; default: those of the training data, sorted (numbers by size),
            or the data's own where it has words for its label ids.
        label_map: value in the data, as text, to label word; default: no value is renamed.
        kind: kind of the task; default: ``classification`` where there are ``labels``, or the training data has words
            or whole numbers, ``regression`` where it has real numbers or all ``metrics`` are for values. With
            ``multi_label`` a label is a list of words. With ``token_classification`` each token has a label, and
            ``text`` names a column of lists of tokens, which are joined by spaces.
        label_separator: separator of several labels in one string; default ``|``.
        metrics: names or configs of metrics, ``{type: 'f1', positive: 'yes'}``, the main one first; default:
            ``accuracy``; for a regression ``pearson`` and ``spearman``, for several labels ``multi_label_f1``, for
            tokens with chunk labels ``chunk_f1``.
        name: name of the task in reports; default ``task``.
        selection: the arguments of ``SampledReader``.

    Raises:
        ConfigurationError: fewer than two labels, a duplicate label, a ``label_map`` that leads to no label, or an
            unknown metric; at reading: a split, file or column is missing, or a label is not one of the task's.
    """

    def __init__(
        self,
        text: str = "text",
        pair: str | None = None,
        label: str = "label",
        labels: Annotated[list[str], Items(2), Distinct()] | None = None,
        label_map: dict[str, str] | None = None,
        kind: TaskKind | None = None,
        label_separator: str = "|",
        metrics: list[Lazy[Metric]] | None = None,
        name: str = "task",
        **selection: Any,
    ) -> None:
        super().__init__(**selection)
        self.metric_configs = metric_configs(metrics)
        self.kind = kind or _evident_kind(labels, self.metric_configs)
        _check_labels(labels, label_map or {}, self.kind)
        _check_columns(pair, self.kind, label_separator)
        require_different_columns({"text": text, "pair": pair, "label": label})
        self.texts = (text,) if pair is None else (text, pair)
        self.label = label
        self.labels = None if labels is None else tuple(labels)
        self.label_map = dict(label_map or {})
        self.label_separator = label_separator
        self.name = name
        self.added: tuple[str, ...] = ()
        "Columns that are read in addition."

    @cached_property
    def task(self) -> Task:  # type: ignore[override]
        """The task; unless the config names the labels, the training data is read to infer them."""
        found = self._declared_or_inferred_labels()
        metrics = self.metric_configs or _default_metrics(found.kind, found.labels)
        return Task(self.name, found.kind, found.labels, metrics, pair=len(self.texts) == 2)

    def use_task(self, task: Task) -> None:
        self.task = task  # replaces the cached property, so that the training data is not read for its labels

    @property
    def layout(self) -> DataLayout:
        return DataLayout(
            texts=self.texts, label=self.label, label_map=self.label_map, label_separator=self.label_separator
        )

    @abstractmethod
    def table(self, split: str) -> SourceTable:
        """Return a split as a table with those of the columns ``wanted`` that it has.

        Raises:
            ConfigurationError: there is no such split, or it cannot be read.
        """

    @property
    def wanted(self) -> tuple[str, ...]:
        """The columns that are read; other columns may have any values."""
        return (*self.texts, self.label, *self.added)

    def read_all(self, split: str) -> Dataset:
        table = self.table(split)
        rows, unlabelled = self.selection.rows(table.size, split, self.splits), is_test_split(split)
        labels = LabelReader(self.task, self.label_map, self.label_separator)
        return shared_columns(table.take(rows), labels, self.texts, self.label, index=rows, unlabelled=unlabelled)

    def column(self, split: str, name: str) -> list[Any]:
        # A copy, so that later reads of this reader do not read the column as well.
        reader = copy(self)
        reader.added = (name,)
        table = reader.table(split)
        table.require((name,), keys="")
        return list(table.take(self.selection.rows(table.size, split, self.splits)).values(name))

    def _declared_or_inferred_labels(self) -> InferredLabels:
        """Return kind and labels of the config, or those of the training data."""
        if self.kind is not None and (self.labels is not None or self.kind == "regression"):
            return InferredLabels(self.kind, self.labels or ())
        names = self.splits()
        # A test split is the last resort: its labels may be missing, and looking at them would be peeking.
        split = next((name for name in names if name == "train"), None)
        split = split or next((name for name in names if not is_test_split(name)), names[0])
        table = self.table(split)
        table.require(self.wanted)
        return infer_labels(table.values(self.label), table, self.kind, self.label_map, self.label_separator)


def metric_configs(metrics: Sequence[Lazy[Metric] | str] | None) -> tuple[MetricConfig, ...]:
    """Return metrics in the form of a task and its saved file: a name if only the type is given.

    Raises:
        ConfigurationError: a metric is not registered.
    """
    found: list[MetricConfig] = []
    for position, metric in enumerate(metrics or ()):
        config = {"type": metric} if isinstance(metric, str) else metric.params.as_dict(quiet=True)
        # Found now: a misspelt metric must not be reported after the training.
        with within(f"metrics.{position}"):
            Metric.find(config["type"])
        # A name if there are no options: saved tasks of earlier versions have names only.
        found.append(config if len(config) > 1 else config["type"])
    return tuple(found)


def _evident_kind(labels: Sequence[str] | None, metrics: Sequence[MetricConfig]) -> TaskKind | None:
    """Return the only kind of task that labels or metrics allow; None where the data has to decide."""
    if labels is not None:
        return "classification"
    names = (config["type"] if isinstance(config, Mapping) else config for config in metrics)
    kinds = [Metric.resolve_class_name(name)[0].kinds for name in names]
    return "regression" if kinds and all(kind == ("regression",) for kind in kinds) else None


def _default_metrics(kind: TaskKind, labels: Sequence[str]) -> tuple[str, ...]:
    """Return the metrics of a task whose config names none, the main one first."""
    if kind == "token_classification":
        return ("chunk_f1" if all(map(CHUNK_TAG.fullmatch, labels)) else "accuracy",)
    defaults: dict[TaskKind, tuple[str, ...]] = {
        "multi_label": ("multi_label_f1",),
        "regression": ("pearson", "spearman"),
    }
    return defaults.get(kind, ("accuracy",))


def _check_columns(pair: str | None, kind: TaskKind | None, separator: str) -> None:
    """Raise an error if the kind of task has no pairs, or if the separator of labels is empty."""
    if pair is not None and kind == "token_classification":
        raise ConfigurationError(
            "token labels are supported for single texts only", path="pair", hint="leave the key out"
        )
    if not separator:
        raise ConfigurationError("is empty", path="label_separator", hint="give at least one character")


def require_different_columns(columns: Mapping[str, str | None]) -> None:
    """Raise an error if one column has two roles: a text would be its own pair, or its own label.

    Args:
        columns: name of the column by config key; None for a role that no column has.

    Raises:
        ConfigurationError: a column has two roles.
    """
    roles: dict[str, str] = {}
    for role, column in columns.items():
        if column is None:
            continue
        if column in roles:
            problem = f"is {column!r}, which is already the column of '{roles[column]}'"
            raise ConfigurationError(problem, path=role, hint="name another column, or leave the key out")
        roles[column] = role


def _check_labels(labels: Sequence[str] | None, label_map: Mapping[str, str], kind: TaskKind | None) -> None:
    """Raise an error if labels do not fit the kind of task or one another, or a renamed label is unknown."""
    if kind == "regression" and (labels or label_map):
        path = "labels" if labels else "label_map"
        raise ConfigurationError("a regression has no label words", path=path, hint="leave the key out")
    if labels is None:
        return
    # The plan of a config reports the first two as well; a caller in Python has no plan.
    duplicate = next((label for label in labels if labels.count(label) > 1), None)
    is_blank = not all(label.strip() for label in labels)
    if duplicate is not None or len(labels) < 2 or is_blank:
        problem = "at least 2 labels are needed" if duplicate is None else f"the label {duplicate!r} is given twice"
        problem = "a label is empty" if is_blank and len(labels) >= 2 else problem
        hint = "give every label once; or leave the key out to use the labels of the training data"
        raise ConfigurationError(problem, path="labels", hint=hint)
    for source, word in label_map.items():
        if word not in labels:
            hint = suggest(word, labels, "labels")
            raise ConfigurationError(f"'{word}' is not one of the labels", path=f"label_map.{source}", hint=hint)
