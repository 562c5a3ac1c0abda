"""Inference of a task's kind and labels from its training data, where the config names none."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spanreg.data import DatasetReader
from spanreg.data.base import Task
from spanreg.registry import ConfigurationError

CHUNKS = {"text": "tokens", "label": "tags", "kind": "token_classification"}


def make_reader(path: Path, values: list[Any], name: str = "a.jsonl", **options: Any) -> DatasetReader:
    """Write a training file with these labels, and return its reader."""
    rows = [{"text": f"text {row}", "label": value} for row, value in enumerate(values)]
    file = path / name
    if file.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), file)
    elif file.suffix == ".jsonl":
        file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    else:
        file.write_text("text,label\n" + "".join(f"{row['text']},{row['label']}\n" for row in rows), encoding="utf-8")
    return DatasetReader.from_params({"type": file.suffix[1:], "files": {"train": str(file)}, **options})


@pytest.mark.parametrize(
    ("name", "values", "kind", "labels"),
    [
        ("a.csv", ["pos", "neg", "pos"], "classification", ("neg", "pos")),
        ("a.csv", ["10", "9", "9"], "classification", ("9", "10")),
        ("a.jsonl", [2, 1, 3], "classification", ("1", "2", "3")),
        ("a.jsonl", [-1, 1], "classification", ("-1", "1")),
        ("a.jsonl", [1, "1", 2], "classification", ("1", "2")),
        ("a.jsonl", [True, False], "classification", ("false", "true")),
        ("a.csv", ["01", "02"], "classification", ("01", "02")),
        ("a.jsonl", [1.5, 2, 1.5], "regression", ()),
        ("a.parquet", [1.0, 2.0], "regression", ()),
        ("a.csv", ["1.5", "2", " 3"], "regression", ()),
    ],
)
def test_words_and_integers_are_classes_and_real_numbers_are_values(
    tmp_path: Path, name: str, values: list[Any], kind: str, labels: tuple[str, ...]
) -> None:
    reader = make_reader(tmp_path, values, name)
    assert (reader.task.kind, reader.task.labels) == (kind, labels)
    if labels:
        words = [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
        assert [labels[label] for label in reader.read("train")["label"]] == words


def test_integers_with_a_metric_of_regression_are_values(tmp_path: Path) -> None:
    assert make_reader(tmp_path, [1, 2], metrics=["pearson"]).task.kind == "regression"
    assert make_reader(tmp_path, [1, 2], metrics=["accuracy"]).task.kind == "classification"


def test_the_label_map_is_applied_before_labels_are_collected(tmp_path: Path) -> None:
    reader = make_reader(tmp_path, ["good", "bad", "great"], label_map={"good": "pos", "great": "pos", "bad": "neg"})
    assert reader.task.labels == ("neg", "pos")
    assert reader.read("train")["label"][:] == [1, 0, 1]


def test_sets_of_labels_are_collected(tmp_path: Path) -> None:
    reader = make_reader(tmp_path, [["red", "blue"], [], ["green"]], kind="multi_label")
    assert reader.task.labels == ("blue", "green", "red")
    assert make_reader(tmp_path, ["red|blue", "", "red"], "a.csv", kind="multi_label").task.labels == ("blue", "red")


def test_chunk_labels_include_b_and_i_of_each_type(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"tokens": ["a", "b"], "tags": ["B-NP", "O"]}', encoding="utf-8")
    reader = DatasetReader.from_params({"type": "jsonl", "files": {"train": str(tmp_path / "a.jsonl")}, **CHUNKS})
    assert (reader.task.labels, reader.task.metrics) == (("O", "B-NP", "I-NP"), ("chunk_f1",))


def test_labels_come_from_the_whole_training_split_alone(tmp_path: Path) -> None:
    (tmp_path / "dev.csv").write_text("text,label\nx,other\n", encoding="utf-8")
    reader = make_reader(tmp_path, ["b", "b", "a"], "a.csv", limit=1)
    assert reader.task.labels == ("a", "b")
    files = {"train": str(tmp_path / "a.csv"), "validation": str(tmp_path / "dev.csv")}
    with pytest.raises(ConfigurationError, match=r"dev\.csv:2: the label is 'other'\. the labels are 'a', 'b'"):
        DatasetReader.from_params({"type": "csv", "files": files}).read("validation")


def test_a_run_keeps_its_task_when_the_data_change(tmp_path: Path) -> None:
    reader = make_reader(tmp_path, ["b", "c"])
    reader.use_task(Task("task", "classification", ("a", "b", "c"), ("accuracy",), pair=False))
    assert reader.read("train")["label"][:] == [1, 2]


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        (["a", "a"], {}, "at least two different labels are needed: all are 'a'. give examples of at least two labels"),
        (["a", None], {}, "a.jsonl:2: the label is missing."),
        (["a", " "], {}, "a.jsonl:2: the label is missing."),
        ([1.5, "x"], {}, "a.jsonl:2: the label is 'x', and in "),
        (["1.5", "2.5"], {}, "a.jsonl:1: the label is '1.5', a number in quotes. write numbers without quotes"),
        ([2**64, 1], {}, "a.jsonl:1: the label is 18446744073709551616, which exceeds 64 bits."),
        (["a", {"b": 1}], {}, "a.jsonl:2: the label is {'b': 1}. a label is a string, a number or a boolean"),
        ([["a"], ["b"]], {}, "a.jsonl:1: the label is ['a']. for any number of labels give kind 'multi_label'"),
        ([f"word {row}" for row in range(201)], {}, "201 examples have 201 different labels, such as 'word 0'"),
    ],
)
def test_labels_that_determine_no_task_are_refused(
    tmp_path: Path, values: list[Any], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make_reader(tmp_path, values, **options).task  # noqa: B018
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("values", "warning"),
    [
        (["pos", "Pos"], "the labels 'Pos' and 'pos' differ only in upper and lower case"),
        (["n\u00e9", "ne\u0301"], "differ only in its Unicode normal form"),
        (["yes", "nan"], "the label 'nan' may mark a missing label"),
    ],
)
def test_suspicious_labels_are_logged(
    tmp_path: Path, values: list[Any], warning: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "spanreg"):
        make_reader(tmp_path, values).task  # noqa: B018
    assert warning in caplog.text
