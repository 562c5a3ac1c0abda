"""Checks of what a user's reader returns: the rows that the data set has, with a value in every column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest
from datasets import Dataset

from spanreg.data.base import DatasetReader, Task, TaskKind
from spanreg.data.reading.contract import require_shared_columns
from spanreg.registry import ConfigurationError


class OwnReader(DatasetReader):
    """Reader of a task of some kind; tests give it the data."""

    def __init__(self, kind: TaskKind = "classification") -> None:
        labels, metric = (("a", "b"), "accuracy") if kind != "regression" else ((), "pearson")
        self.task = Task("own", kind, labels, (metric,), pair=False)

    def splits(self) -> Sequence[str]:
        return ("train",)

    def read(self, split: str) -> Dataset:
        raise NotImplementedError


def make_rows(**columns: Any) -> Dataset:
    """Return a data set of four rows; columns replace those of a classification."""
    values = {"text": list("wxyz"), "label": [0, 1, 0, 1], "idx": [0, 1, 2, 3]}
    return Dataset(pa.table({**values, **columns}))


def test_rows_that_a_reader_left_out_are_not_checked() -> None:
    rows = make_rows(label=[0, 7, None, 1])
    chosen = [rows.select([3, 0]), rows.filter(lambda row: row["label"] in (0, 1)), rows.select([])]
    for found in chosen:
        assert require_shared_columns(OwnReader(), "train", found) is found
    with pytest.raises(ConfigurationError, match=r"returns labels from 0 to 7, expected ids from 0 to 1"):
        require_shared_columns(OwnReader(), "train", rows.select([0, 1]))


LISTS = {
    "label": pa.array([[0], [1], [0], [1]], pa.large_list(pa.int64())),
    "starts": pa.array([[0]] * 4, pa.list_(pa.int32())),
    "ends": pa.array([[1]] * 4, pa.list_(pa.int32())),
}
"Columns of a task on tokens."


@pytest.mark.parametrize(
    ("kind", "columns", "what", "unknown"),
    [
        ("classification", {"label": [0, None, 0, 1]}, "null in the column 'label' (row 1, counted from 0)", "-1"),
        ("classification", {"label": pa.nulls(4, pa.int64())}, "null in the column 'label' (row 0,", "-1"),
        ("regression", {"label": [0.5, 1.0, None, 2.0]}, "null in the column 'label' (row 2,", "NaN"),
        ("multi_label", {"label": [[0, 1], [1, 1], [0, 0], [1, None]]}, "null in the column 'label' (row 3,", "-1"),
        (
            "token_classification",
            {**LISTS, "starts": [[0], [0], None, [0]]},
            "null in the column 'starts' (row 2,",
            "-1",
        ),
        (
            "token_classification",
            {**LISTS, "label": [[0], [None], [0], [1]]},
            "null in the column 'label' (row 1,",
            "-1",
        ),
        (
            "classification",
            {"text": ["w", None, "y", "z"], "idx": [0, 1, 2, None]},
            "null in the column 'text' (row 1, counted from 0), null in the column 'idx' (row 3, counted from 0). give",
            "-1",
        ),
    ],
)
def test_columns_with_nulls_are_refused(kind: TaskKind, columns: dict[str, Any], what: str, unknown: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        require_shared_columns(OwnReader(kind), "train", make_rows(**columns))
    message = str(caught.value)
    assert message.startswith(f"OwnReader: read('train') returns {what}")
    assert f"give a value in every row; a label that is unknown is {unknown}. " in message


def test_lists_of_every_size_are_accepted() -> None:
    rows = make_rows(**LISTS)
    assert require_shared_columns(OwnReader("token_classification"), "train", rows) is rows
