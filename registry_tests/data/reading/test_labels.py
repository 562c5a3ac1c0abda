"""Labels of tables: their values in training and in evaluation, and the errors for wrong ones."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spanreg.data import DatasetReader
from spanreg.registry import ConfigurationError
from spanreg.training.data.examples import read_labelled_example

NULL_AND_WORD = '{"text": "a", "label": null}\n{"text": "b", "label": "Mild"}\n'


def write_labels(path: Path, values: list[Any]) -> Path:
    """Write a file with these labels, in the format of its suffix, and return its path."""
    rows = [{"text": f"text {row}", "label": value} for row, value in enumerate(values)]
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".jsonl":
        path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    else:
        path.write_text("text,label\n" + "".join(f"{row['text']},{row['label']}\n" for row in rows), encoding="utf-8")
    return path


def make_reader(path: Path, split: str = "train", **options: Any) -> DatasetReader:
    """Return a reader of a file, by its suffix."""
    return DatasetReader.from_params({"type": path.suffix[1:], "files": {split: str(path)}, **options})


def read_labels(path: Path, values: list[Any], split: str = "train", **options: Any) -> list[Any]:
    """Write labels to a file and return the labels that its reader returns."""
    return list(make_reader(write_labels(path, values), split, **options).read(split)["label"])


def error_message(path: Path, values: list[Any], split: str = "train", **options: Any) -> str:
    """Return the message with which the reader refuses some labels."""
    with pytest.raises(ConfigurationError) as caught:
        read_labels(path, values, split, **options)
    return str(caught.value)


STARS = ["1", "2", "3"]
NO_YES = ["no", "yes"]
LABEL_SET = {"labels": NO_YES, "kind": "multi_label"}
THREE_LABELS = {"labels": ["no", "yes", "maybe"], "kind": "multi_label"}


@pytest.mark.parametrize(
    ("name", "values", "options", "expected"),
    [
        # Where label words are numbers, a number is a word and never an id.
        ("a.jsonl", [1, 3, 2], {"labels": STARS}, [0, 2, 1]),
        ("a.jsonl", ["1", 3], {"labels": STARS}, [0, 2]),
        ("a.csv", [1, 3], {"labels": STARS}, [0, 2]),
        ("a.parquet", [1, 3], {"labels": STARS}, [0, 2]),
        ("a.jsonl", [1, 0], {"labels": ["1", "0"]}, [0, 1]),
        ("a.jsonl", [-1, 1], {"labels": ["1", "-1"]}, [1, 0]),
        ("a.jsonl", [10, 30], {"labels": ["10", "20", "30"]}, [0, 2]),
        ("a.jsonl", [0.5, 1.0], {"labels": ["0.5", "1.0"]}, [0, 1]),
        # Otherwise it is an id, the position of a word.
        ("a.jsonl", [1, "no"], {"labels": NO_YES}, [1, 0]),
        ("a.csv", [1, 0], {"labels": NO_YES}, [1, 0]),
        # Booleans are spelt as in JSON.
        ("a.jsonl", [True, False], {"labels": ["false", "true"]}, [1, 0]),
        ("a.parquet", [True, False], {"label_map": {"true": "yes", "false": "no"}, "labels": NO_YES}, [1, 0]),
        ("a.jsonl", [1, 2], {"label_map": {"1": "no", "2": "yes"}, "labels": NO_YES}, [0, 1]),
        ("a.csv", ["None", "NA"], {"labels": ["NA", "None"]}, [1, 0]),
        ("a.jsonl", [["yes"], [], [0, 1]], THREE_LABELS, [[0, 1, 0], [0] * 3, [1, 1, 0]]),
        # A 0 or 1 for each label.
        ("a.jsonl", [[0, 1, 1], [0, 0, 0]], THREE_LABELS, [[0, 1, 1], [0] * 3]),
        ("a.csv", ["0|1|1", "no"], THREE_LABELS, [[0, 1, 1], [1, 0, 0]]),
        ("a.jsonl", [[True, False]], LABEL_SET, [[1, 0]]),
        ("a.jsonl", [[1, 3]], {"labels": STARS, "kind": "multi_label"}, [[1, 0, 1]]),
        ("a.jsonl", [-1.0, 2, 1e3], {"kind": "regression"}, [-1.0, 2.0, 1000.0]),
        ("a.csv", ["-1.0", " 2", "1e3", "+.5"], {"kind": "regression"}, [-1.0, 2.0, 1000.0, 0.5]),
        ("a.jsonl", [2**64, 1.5], {"kind": "regression"}, [2.0**64, 1.5]),
    ],
)
def test_labels_are_read(
    tmp_path: Path, name: str, values: list[Any], options: dict[str, Any], expected: list[Any]
) -> None:
    assert read_labels(tmp_path / name, values, **options) == expected


@pytest.mark.parametrize(
    ("name", "values", "options", "message"),
    [
        ("a.jsonl", [1, 0], {"labels": STARS}, "a.jsonl:2: the label is 0. the labels are '1', '2', '3'"),
        ("a.jsonl", [4], {"labels": STARS}, "a.jsonl:1: the label is 4."),
        ("a.jsonl", [0], {"label_map": {"1": "no", "2": "yes"}, "labels": NO_YES}, "a.jsonl:1: the label is 0."),
        ("a.csv", ["01"], {"labels": NO_YES}, "a.csv:2: the label is '01'."),
        ("a.csv", [" yes"], {"labels": NO_YES}, "the label is ' yes'. it differs from 'yes' in blanks"),
        ("a.csv", ["Yes"], {"labels": NO_YES}, "the label is 'Yes'. it differs from 'yes' in upper and lower case"),
        ("a.csv", ["ne\u0301"], {"labels": ["n\u00e9", "x"]}, "it differs from 'n\u00e9' in its Unicode normal form"),
        ("a.csv", [""], {"labels": NO_YES}, "a.csv:2: the label is missing. give one"),
        ("a.jsonl", ["1"], {"labels": NO_YES}, "the label is '1'. the labels are 'no', 'yes'. a number in quotes is"),
        ("a.jsonl", [None], {"labels": ["None", "x"]}, "a.jsonl:1: the label is missing."),
        ("a.jsonl", [None], {"label_map": {"None": "no"}, "labels": NO_YES}, "a.jsonl:1: the label is missing."),
        ("a.parquet", [None, "x"], {"labels": ["None", "x"]}, "a.parquet, row 0 (counted from 0): the label is"),
        ("a.jsonl", [True], {"labels": NO_YES}, "the label is true. the labels are"),
        ("a.jsonl", [1.0], {"labels": NO_YES}, "the label is 1.0. the labels are"),
        ("a.jsonl", [2**64], {"labels": NO_YES}, "the label is 18446744073709551616. the ids are 0 (no), 1 (yes)"),
        ("a.jsonl", [-1], {"labels": NO_YES}, "the label is -1. the ids are 0 (no), 1 (yes); -1 (unknown) is for test"),
        ("a.jsonl", [["yes"]], {"labels": NO_YES}, "the label is ['yes']. for any number of labels give"),
        ("a.jsonl", [[0, 1]], LABEL_SET, "[0, 1] may be label ids, or a 0 or 1"),
        ("a.jsonl", [[0, 0]], LABEL_SET, "[0, 0] may be label ids"),
        ("a.jsonl", [["no", "no"]], LABEL_SET, "the label 'no' is given twice"),
        ("a.jsonl", [[2, 2]], THREE_LABELS, "the label 'maybe' is given twice"),
        ("a.jsonl", [None], LABEL_SET, "the labels are missing."),
        ("a.csv", ["no||yes"], LABEL_SET, "'no||yes' has an empty label"),
        ("a.jsonl", ["1.5"], {"kind": "regression"}, "the label is '1.5'. give a finite number"),
        ("a.jsonl", [True], {"kind": "regression"}, "the label is true. give a finite number"),
        ("a.jsonl", [math.nan], {"kind": "regression"}, "the label is nan. give a finite number"),
        ("a.jsonl", [10**400], {"kind": "regression"}, "000…. give a finite number of at most 3.4e+38"),
        ("a.csv", ["1_000"], {"kind": "regression"}, "the label is '1_000'."),
        ("a.csv", ["nan"], {"kind": "regression"}, "the label is 'nan'."),
        ("a.csv", ["1,5"], {"kind": "regression"}, "3 values for 2 columns"),
        ("a.csv", ["\u0661"], {"kind": "regression"}, "the label is '\u0661'."),
    ],
)
def test_wrong_labels_are_refused_with_their_place(
    tmp_path: Path, name: str, values: list[Any], options: dict[str, Any], message: str
) -> None:
    assert message in error_message(tmp_path / name, values, **options)


def test_the_first_wrong_rows_are_listed(tmp_path: Path) -> None:
    text = error_message(tmp_path / "a.jsonl", ["no", "x", "yes", "y"], labels=NO_YES)
    assert [line.partition(": ")[0] for line in text.splitlines()] == [f"{tmp_path}/a.jsonl:{row}" for row in (2, 4)]
    text = error_message(tmp_path / "a.jsonl", ["x"] * 50, labels=NO_YES)
    assert text.endswith("further rows were not checked")
    assert len(text.splitlines()) == 6


@pytest.mark.parametrize(
    ("name", "values", "options", "expected"),
    [
        ("a.jsonl", [None, "yes"], {"labels": NO_YES}, [-1, 1]),
        ("a.jsonl", [-1, 1], {"labels": NO_YES}, [-1, 1]),
        ("a.csv", ["-1", "", "yes"], {"labels": NO_YES}, [-1, -1, 1]),
        ("a.jsonl", [-1, 1], {"labels": ["-1", "1"]}, [0, 1]),
        ("a.csv", ["yes", ""], LABEL_SET, [[0, 1], [0, 0]]),
        ("a.csv", ["", ""], LABEL_SET, [[-1, -1], [-1, -1]]),
        ("a.jsonl", [[-1, -1], ["yes"]], LABEL_SET, [[-1, -1], [0, 1]]),
    ],
)
def test_labels_of_test_splits_may_be_unknown(
    tmp_path: Path, name: str, values: list[Any], options: dict[str, Any], expected: list[Any]
) -> None:
    assert read_labels(tmp_path / name, values, "test", **options) == expected


@pytest.mark.parametrize(
    ("kind", "lines", "words"),
    [
        ("classification", ['{"text": "a", "label": 1}', '{"text": "b", "label": 0}'], ("1", "0")),
        ("classification", ['{"text": "a", "label": 1}', '{"text": "b", "label": 2}'], ("1", "2", "3")),
        ("classification", ['{"text": "a", "label": 0}'], ("1", "2", "3")),
        ("classification", ['{"text": "a", "label": "1"}'], ("neg", "pos")),
        ("classification", ['{"text": "a", "label": true}'], ("true", "false")),
        ("classification", ['{"text": "a"}'], ("neg", "pos")),
        ("classification", ['{"text": "a \\ud800", "label": "\\ud800"}'], ("neg", "pos")),
        ("multi_label", ['{"text": "a", "label": [1, 2]}'], ("1", "2", "3")),
        ("multi_label", ['{"text": "a", "label": [0, 1]}'], ("x", "y")),
        ("multi_label", ['{"text": "a", "label": [1, 0, 1]}'], ("x", "y", "z")),
        ("multi_label", ['{"text": "a", "label": "x|y"}'], ("x", "y")),
        ("token_classification", ['{"tokens": ["a", "b"], "label": [1, 2]}'], ("1", "2", "3")),
        ("token_classification", ['{"tokens": ["a", "b"], "label": "x|y"}'], ("x", "y")),
        ("regression", ['{"text": "a", "label": -1.0}'], ()),
        ("regression", ['{"text": "a", "label": "2"}'], ()),
    ],
)
def test_evaluation_and_training_read_a_label_alike(
    tmp_path: Path, kind: str, lines: list[str], words: tuple[str, ...]
) -> None:
    (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    text = {"text": "tokens"} if kind == "token_classification" else {}
    reader = make_reader(tmp_path / "a.jsonl", kind=kind, **text, **({"labels": list(words)} if words else {}))

    def read_by_training() -> Any:
        return [row["label"] for row in reader.read("train")]

    def read_by_evaluation() -> Any:
        return [
            read_labelled_example(line, reader.task, f"{tmp_path}/a.jsonl:1", reader.layout)["label"] for line in lines
        ]

    # Where training fails, evaluation has to fail with the same message.
    outcomes = []
    for function in (read_by_training, read_by_evaluation):
        try:
            outcomes.append(function())
        except ConfigurationError as error:
            outcomes.append(str(error))
    assert outcomes[0] == outcomes[1]
