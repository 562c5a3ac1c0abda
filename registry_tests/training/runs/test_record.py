"""The record of a run: the labels that are counted in ``data.json``."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pytest
from datasets import Dataset

from spanreg.data.base import Task
from spanreg.preparation import PreparedSplit
from spanreg.training.runs.record import count_labels


@pytest.mark.parametrize("make_list", [pa.list_, pa.large_list])
def test_labels_of_tokens_are_counted_in_lists_of_every_size(
    make_list: Callable[[pa.DataType], pa.DataType],
) -> None:
    task = Task("own", "token_classification", ("a", "b", "c"), ("accuracy",), pair=False)
    labels = pa.array([[0, 2], [], [2, -1]], make_list(pa.int64()))
    prepared = PreparedSplit(Dataset(pa.table({"labels": labels})), (), labelled=False, key="", data_fingerprint="")
    assert count_labels(prepared, task) == {"a": 1, "b": 0, "c": 2}
