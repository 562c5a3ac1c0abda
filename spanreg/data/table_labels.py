"""Labels as they stand in a table, to label ids or values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from spanreg.data.base import Task
from spanreg.data.columns import UNKNOWN, UNKNOWN_VALUE
from spanreg.registry import ConfigurationError


@dataclass(frozen=True, slots=True)
class TableLabels:
    """Reads the label column of a table.

    A label stands there as its word, or as a whole number that counts the label words from 0; of several labels there
    is a list, or a string of them with separators between.
    """

    task: Task
    label_map: Mapping[str, str]
    "What stands in the data, as text, to label word."
    separator: str
    "Between several labels in one string."

    def column(self, values: Sequence[Any], where: str, unlabelled: bool) -> pa.Array:
        """The column ``label`` of single labels, values or sets of labels, as readers give it.

        Args:
            values: the column, one value a row.
            where: the source in words, for errors.
            unlabelled: whether a label may be missing.

        Raises:
            ConfigurationError: a label is none of the task's; the row is named.
        """
        unknown = UNKNOWN_VALUE if self.task.kind == "regression" else UNKNOWN
        missing = [unlabelled and (value in (None, "") or value == unknown) for value in values]
        if self.task.kind == "multi_label":
            none = [UNKNOWN] * len(self.task.labels)
            rows = [
                none if gone else self._indicator(self._ids(value, row, where))
                for row, (value, gone) in enumerate(zip(values, missing, strict=True))
            ]
            return pa.array(rows, pa.list_(pa.int64()))
        found = [
            unknown if gone else self._one(value, row, where)
            for row, (value, gone) in enumerate(zip(values, missing, strict=True))
        ]
        return pa.array(found, pa.float32() if self.task.kind == "regression" else pa.int64())

    def of_tokens(self, values: Sequence[Any], counts: Sequence[int], where: str, unlabelled: bool) -> list[list[int]]:
        """Label ids of the tokens of each row.

        Args:
            values: the column, one list a row.
            counts: tokens of each row.
            where: the source in words, for errors.
            unlabelled: whether labels may be missing.

        Raises:
            ConfigurationError: a label is none of the task's, or a row has another number of labels than tokens.
        """
        found: list[list[int]] = []
        for row, (value, count) in enumerate(zip(values, counts, strict=True)):
            gone = unlabelled and value in (None, "", UNKNOWN)
            ids = [UNKNOWN] * count if gone else self._ids(value, row, where)
            if len(ids) != count:
                problem = f"{where}: row {row} (counted from 0) has {len(ids)} labels for {count} tokens"
                raise ConfigurationError(problem, path="label", hint="give one label for each token")
            found.append(ids)
        return found

    def _one(self, value: Any, row: int, where: str) -> float:
        number = _real(value) if self.task.kind == "regression" else self._number(value)
        if number is None:
            problem = f"{where}: the label in row {row} (counted from 0) is {value!r}"
            raise ConfigurationError(problem, path="labels", hint=self._legal(value))
        return number

    def _ids(self, value: Any, row: int, where: str) -> list[int]:
        if isinstance(value, str):
            value = [part.strip() for part in value.split(self.separator)] if value.strip() else []
        if not isinstance(value, list):
            problem = f"{where}: the labels in row {row} (counted from 0) are {value!r}"
            hint = f"give a list of labels, or a string with '{self.separator}' between them ('label_separator')"
            raise ConfigurationError(problem, path="label", hint=hint)
        return [int(self._one(label, row, where)) for label in value]

    def _indicator(self, ids: Sequence[int]) -> list[int]:
        """1 for each label that is given, otherwise 0."""
        return [int(number in ids) for number in range(len(self.task.labels))]

    def _number(self, value: Any) -> int | None:
        """The id of a label as it stands in the data."""
        text = str(value)
        text = self.label_map.get(text, text)
        if text in self.task.labels:
            return self.task.labels.index(text)
        return int(text) if text.isascii() and text.isdigit() and int(text) < len(self.task.labels) else None

    def _legal(self, value: Any) -> str:
        if isinstance(value, list):
            return "for any number of labels give kind 'multi_label', for one on each token 'token_classification'"
        if self.task.kind == "regression":
            return "give numbers, or name the label words by 'labels'"
        words = [*self.task.labels, *self.label_map]
        return f"the labels are {', '.join(map(repr, words))}; 'label_map' renames what stands in the data"


def _real(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
