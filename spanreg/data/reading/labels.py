"""Conversion of labels to label ids or values, for training and evaluation alike."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from spanreg.data.base import Task
from spanreg.data.sources.cells import (
    GIVE_ONE,
    SEVERAL,
    as_id,
    as_number,
    is_missing,
    shown,
    spelling,
)
from spanreg.data.sources.table import SourceTable
from spanreg.registry import nearest
from spanreg.text.numbers import is_number, is_whole
from spanreg.text.unicode.look_alikes import find_look_alike

UNKNOWN: Final = -1
"Label of an example whose gold label is unknown, except in regressions, where -1 is a value."

UNKNOWN_VALUE: Final = math.nan
"Label of such an example in a regression."

_MOST_SHOWN: Final = 8
"Number of labels that a hint names."

_FEWEST_IN_VECTOR: Final = 2
"With two labels, a list of 0 and 1 may also be a list of ids; with more labels, it would have a duplicate id."

LARGEST: Final = float(np.finfo(np.float32).max)
"Largest value of a regression: values are stored in 32 bits."


class LabelReader:
    """Reads the label column of a table.

    A label is given as its word or, where neither a label word nor a key of ``label_map`` is a number, as its id: a
    whole number that counts the label words from 0. Several labels are a list, or a string with separators; a list with
    a 0 or 1 for each label of the task is read as a vector.

    Example: ``LabelReader(task, {"1 star": "negative"}).column(values, table, unlabelled=False)``.

    Parameters:
        task: the task; its label words are in the order of their ids.
        label_map: value in the data, as text, to label word; default: no value is renamed.
        separator: separator of several labels in one string.
    """

    def __init__(self, task: Task, label_map: Mapping[str, str] | None = None, separator: str = "|") -> None:
        self.task = task
        self.label_map = dict(label_map or {})
        self.separator = separator
        self._ids = {word: number for number, word in enumerate(task.labels)}
        self._known = {*task.labels, *self.label_map}
        # With a label word "1", the number 1 could mean the word or the second label: it is read as the word.
        self._numbers_are_ids = not any(map(is_number, self._known))

    def column(self, values: Sequence[Any], table: SourceTable, unlabelled: bool) -> pa.Array:
        """Return the column ``label`` of a task on whole texts.

        Args:
            values: the label column, one value for each row.
            table: the table of the column, for errors.
            unlabelled: whether labels may be unknown: missing, -1, or in a regression -1 in all rows, as in GLUE.

        Raises:
            ConfigurationError: labels are missing or not the task's; the error names their rows.
        """
        kind = self.task.kind
        read: Callable[[Any, int, SourceTable], Any] = {
            "regression": self._value,
            "multi_label": self._indicators,
        }.get(kind, self._id)
        unknown: Any = UNKNOWN_VALUE if kind == "regression" else UNKNOWN
        if kind == "multi_label":
            unknown = [UNKNOWN] * len(self.task.labels)
        absent = self._unknown(values, table) if unlabelled else [False] * len(values)
        rows = table.each_row(values, lambda row, value: unknown if absent[row] else read(value, row, table))
        kinds = {"regression": pa.float32(), "multi_label": pa.list_(pa.int64())}
        return pa.array(rows, kinds.get(kind, pa.int64()))

    def of_tokens(
        self, values: Sequence[Any], counts: Sequence[int], table: SourceTable, unlabelled: bool
    ) -> list[list[int]]:
        """Return the label ids of the tokens of each row.

        Args:
            values: the label column, one list for each row.
            counts: number of tokens of each row.
            table: the table of the column, for errors.
            unlabelled: whether labels may be unknown.

        Raises:
            ConfigurationError: a label is not one of the task's, or a row has another number of labels than tokens.
        """

        def read(row: int, value: Any) -> list[int]:
            if unlabelled and (is_missing(value, table.typed) or self._is_unknown(value)):
                return [UNKNOWN] * counts[row]
            labels = self._list(value, row, table)
            if len(labels) != counts[row]:
                problem = (
                    f"{len(labels)} label{'s' * (len(labels) != 1)} for {counts[row]} token{'s' * (counts[row] != 1)}"
                )
                table.refuse(row, problem, "give one label for each token")
            return [UNKNOWN if unlabelled and self._is_unknown(one) else self._id(one, row, table) for one in labels]

        return table.each_row(values, read)

    def _unknown(self, values: Sequence[Any], table: SourceTable) -> list[bool]:
        """Return for each row of a test split whether its label is not known."""
        missing = [is_missing(value, table.typed) for value in values]
        if self.task.kind == "regression":
            # GLUE hides the values of STS-B's test set as -1 in all rows; one -1 among others is a value.
            secret = all(as_number(value, table.typed) == UNKNOWN for value in values)
            return [secret or gone for gone in missing]
        if self.task.kind == "multi_label" and not table.typed:
            # An empty string is a text without labels, unless the whole column is empty.
            return [all(missing)] * len(values)
        return [gone or self._is_unknown(value) for value, gone in zip(values, missing, strict=True)]

    def _is_unknown(self, value: Any) -> bool:
        """Return whether a value is -1 or a list of -1, unless -1 is a label word."""
        if isinstance(value, list):
            return bool(value) and all(map(self._is_unknown, value))
        return value in ("-1", UNKNOWN) and "-1" not in self._known

    def _id(self, value: Any, row: int, table: SourceTable) -> int:
        """Return the id of a label, given as a word or an id."""
        if isinstance(value, list | dict):
            table.refuse(row, f"the label is {shown(value)}", SEVERAL)
        if is_missing(value, table.typed):
            table.refuse(row, "the label is missing", GIVE_ONE)
        text = spelling(value, table.label_words)
        if text is not None:
            word = self.label_map.get(text, text)
            if word in self._ids:
                return self._ids[word]
            if (number := self._as_id(value, table)) is not None:
                return number
        table.refuse(row, f"the label is {shown(value)}{_meaning(value, text)}", self._legal(value, text, table))

    def _as_id(self, value: Any, table: SourceTable) -> int | None:
        """Return the label id that a value is; None if it is not an id, or if numbers are label words."""
        is_number_here = isinstance(value, int if table.typed else str) and not isinstance(value, bool)
        if table.label_words or not is_number_here or not self._numbers_are_ids:
            return None
        return as_id(str(value), len(self.task.labels))

    def _value(self, value: Any, row: int, table: SourceTable) -> float:
        """Return the label of a regression."""
        if value is None or value == "":
            table.refuse(row, "the label is missing", GIVE_ONE)
        number = as_number(value, table.typed)
        if number is None:
            hint = "give a finite number; for classes name 'labels', or give kind 'classification'"
            table.refuse(row, f"the label is {shown(value)}", hint)
        # Beyond that, float32 would store infinity. The negation also rejects NaN, which compares false with
        # everything.
        if not abs(number) <= LARGEST:
            table.refuse(row, f"the label is {shown(value)}", f"give a finite number of at most {LARGEST:.1e}")
        return number

    def _indicators(self, value: Any, row: int, table: SourceTable) -> list[int]:
        """Return a 1 for each label of the task that the row has, otherwise a 0."""
        labels = self._list(value, row, table)
        # An empty list is a text without labels, also in a task whose labels are given as vectors.
        if labels and self._is_vector(labels, row, table):
            return [int(one) for one in labels]
        ids = [self._id(one, row, table) for one in labels]
        # By id: a word and its number, or two words that ``label_map`` joins, may be one label.
        duplicate = next((one for place, one in enumerate(ids) if one in ids[:place]), None)
        if duplicate is not None:
            problem = f"the label {self.task.labels[duplicate]!r} is given twice"
            table.refuse(row, problem, "give every label once, or a 0 or 1 for each of the labels")
        return [int(number in ids) for number in range(len(self.task.labels))]

    def _is_vector(self, labels: Sequence[Any], row: int, table: SourceTable) -> bool:
        """Return whether a list has a 0 or 1, or false or true, for each label of the task.

        Raises:
            ConfigurationError: the list may also be a list of ids.
        """
        if len(labels) != len(self.task.labels):
            return False
        # Vectors for a loss in transformers are stored as real numbers, which are no ids.
        if all(isinstance(one, float) and one in (0, 1) for one in labels):
            return self._numbers_are_ids
        if all(isinstance(one, bool) for one in labels):
            # Where the label words are true and false, booleans are labels.
            return not {"true", "false"} & self._known
        if not self._numbers_are_ids or not all(str(one) in ("0", "1") for one in labels):
            return False
        # [0, 1] of two labels is "both" as ids and "the second" as a vector: guessing would corrupt a data set.
        if len(labels) <= _FEWEST_IN_VECTOR:
            problem = f"{shown(labels)} may be label ids, or a 0 or 1 for each label"
            table.refuse(row, problem, "give label words")
        # In a format that has numbers, a quoted 0 or 1 is a word.
        return all(isinstance(one, int if table.typed else str) for one in labels)

    def _list(self, value: Any, row: int, table: SourceTable) -> list[Any]:
        """Return the labels of a row, given as a list or as one string."""
        if isinstance(value, str) and not (value == "" and self.task.kind == "token_classification"):
            # An empty string is a text without labels; an empty part, as in "a||b", is a mistake.
            parts = [part.strip() for part in value.split(self.separator)] if value.strip() else []
            if "" in parts:
                problem = f"{shown(value)} has an empty label"
                table.refuse(row, problem, f"give one label between every two {self.separator!r}")
            return parts
        if is_missing(value, table.typed):
            table.refuse(row, "the labels are missing", "give a list, or leave the example out")
        if not isinstance(value, list):
            hint = f"give a list of labels, or a string with '{self.separator}' between them ('label_separator')"
            table.refuse(row, f"the labels are {shown(value)}", hint)
        return value

    def _legal(self, value: Any, text: str | None, table: SourceTable) -> str:
        """Return a hint with the labels of the task, or with the one that differs only in case, blanks or the like."""
        words = [*self.task.labels, *self.label_map]
        if self._numbers_are_ids and not table.label_words and is_whole(text or "") and not isinstance(value, str):
            listed = ", ".join(f"{number} ({word})" for number, word in enumerate(self.task.labels[:_MOST_SHOWN]))
            return f"the ids are {listed}; -1 (unknown) is for test splits"
        near = find_look_alike(text or "", words)
        # Nearest first, for a misspelt word.
        hint = f"the labels are {', '.join(map(repr, nearest(text or '', words)[:_MOST_SHOWN]))}"
        if near:
            hint = f"it differs from {near[0]!r} in {near[1]}"
        if table.label_words:
            own = ", ".join(map(repr, table.label_words))
            return f"{hint}. the data's own label words are {own}; 'label_map' renames them"
        if table.typed and isinstance(value, str) and is_whole(value):
            return f"{hint}. a number in quotes is a word; without them it counts the labels from 0"
        return f"{hint}. 'label_map' renames values of the data"


def _meaning(value: Any, text: str | None) -> str:
    """Return the word that the source itself gives a label id, in brackets; an empty string where it gives none."""
    is_id = isinstance(value, int) and is_whole(str(value))
    return f" ({text})" if is_id and text is not None and text != str(value) else ""
