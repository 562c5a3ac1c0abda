"""Labels are read as they stand, by one function in training and in evaluation, or refused with their place."""

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


def write(path: Path, values: list[Any]) -> Path:
    """A file with these labels, in the format of its suffix."""
    rows = [{"text": f"text {row}", "label": value} for row, value in enumerate(values)]
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".jsonl":
        path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    else:
        path.write_text("text,label\n" + "".join(f"{row['text']},{row['label']}\n" for row in rows), encoding="utf-8")
    return path


def reader(path: Path, split: str = "train", **options: Any) -> DatasetReader:
    return DatasetReader.from_params({"type": path.suffix[1:], "files": {split: str(path)}, **options})


def labels(path: Path, values: list[Any], split: str = "train", **options: Any) -> list[Any]:
    return list(reader(write(path, values), split, **options).read(split)["label"])


def refusal(path: Path, values: list[Any], split: str = "train", **options: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        labels(path, values, split, **options)
    return str(caught.value)


STARS = ["1", "2", "3"]
YES = ["no", "yes"]
SETS = {"labels": YES, "kind": "multi_label"}
THREE = {"labels": ["no", "yes", "maybe"], "kind": "multi_label"}


@pytest.mark.parametrize(
    ("name", "values", "options", "expected"),
    [
        # where label words are numbers, a number is a word and never an id
        ("a.jsonl", [1, 3, 2], {"labels": STARS}, [0, 2, 1]),
        ("a.jsonl", ["1", 3], {"labels": STARS}, [0, 2]),
        ("a.csv", [1, 3], {"labels": STARS}, [0, 2]),
        ("a.parquet", [1, 3], {"labels": STARS}, [0, 2]),
        ("a.jsonl", [1, 0], {"labels": ["1", "0"]}, [0, 1]),
        ("a.jsonl", [-1, 1], {"labels": ["1", "-1"]}, [1, 0]),
        ("a.jsonl", [10, 30], {"labels": ["10", "20", "30"]}, [0, 2]),
        ("a.jsonl", [0.5, 1.0], {"labels": ["0.5", "1.0"]}, [0, 1]),
        # otherwise it counts the words
        ("a.jsonl", [1, "no"], {"labels": YES}, [1, 0]),
        ("a.csv", [1, 0], {"labels": YES}, [1, 0]),
        # booleans are spelt as JSON spells them
        ("a.jsonl", [True, False], {"labels": ["false", "true"]}, [1, 0]),
        ("a.parquet", [True, False], {"label_map": {"true": "yes", "false": "no"}, "labels": YES}, [1, 0]),
        ("a.jsonl", [1, 2], {"label_map": {"1": "no", "2": "yes"}, "labels": YES}, [0, 1]),
        ("a.csv", ["None", "NA"], {"labels": ["NA", "None"]}, [1, 0]),
        ("a.jsonl", [["yes"], [], [0, 1]], THREE, [[0, 1, 0], [0] * 3, [1, 1, 0]]),
        # a 0 or 1 for each label
        ("a.jsonl", [[0, 1, 1], [0, 0, 0]], THREE, [[0, 1, 1], [0] * 3]),
        ("a.csv", ["0|1|1", "no"], THREE, [[0, 1, 1], [1, 0, 0]]),
        ("a.jsonl", [[True, False]], SETS, [[1, 0]]),
        ("a.jsonl", [[1, 3]], {"labels": STARS, "kind": "multi_label"}, [[1, 0, 1]]),
        ("a.jsonl", [-1.0, 2, 1e3], {"kind": "regression"}, [-1.0, 2.0, 1000.0]),
        ("a.csv", ["-1.0", " 2", "1e3", "+.5"], {"kind": "regression"}, [-1.0, 2.0, 1000.0, 0.5]),
        ("a.jsonl", [2**64, 1.5], {"kind": "regression"}, [2.0**64, 1.5]),
    ],
)
def test_a_label_is_read_as_it_stands(
    tmp_path: Path, name: str, values: list[Any], options: dict[str, Any], expected: list[Any]
) -> None:
    assert labels(tmp_path / name, values, **options) == expected


@pytest.mark.parametrize(
    ("name", "values", "options", "message"),
    [
        ("a.jsonl", [1, 0], {"labels": STARS}, "a.jsonl:2: the label is 0. the labels are '1', '2', '3'"),
        ("a.jsonl", [4], {"labels": STARS}, "a.jsonl:1: the label is 4."),
        ("a.jsonl", [0], {"label_map": {"1": "no", "2": "yes"}, "labels": YES}, "a.jsonl:1: the label is 0."),
        ("a.csv", ["01"], {"labels": YES}, "a.csv:2: the label is '01'."),
        ("a.csv", [" yes"], {"labels": YES}, "the label is ' yes'. it differs from 'yes' in blanks"),
        ("a.csv", ["Yes"], {"labels": YES}, "the label is 'Yes'. it differs from 'yes' in upper and lower case"),
        ("a.csv", ["ne\u0301"], {"labels": ["n\u00e9", "x"]}, "it differs from 'n\u00e9' in its Unicode normal form"),
        ("a.csv", [""], {"labels": YES}, "a.csv:2: the label is missing. give one"),
        ("a.jsonl", ["1"], {"labels": YES}, "the label is '1'. the labels are 'no', 'yes'. a number in quotes is"),
        ("a.jsonl", [None], {"labels": ["None", "x"]}, "a.jsonl:1: the label is missing."),
        ("a.jsonl", [None], {"label_map": {"None": "no"}, "labels": YES}, "a.jsonl:1: the label is missing."),
        ("a.parquet", [None, "x"], {"labels": ["None", "x"]}, "a.parquet, row 0 (counted from 0): the label is"),
        ("a.jsonl", [True], {"labels": YES}, "the label is true. the labels are"),
        ("a.jsonl", [1.0], {"labels": YES}, "the label is 1.0. the labels are"),
        ("a.jsonl", [2**64], {"labels": YES}, "the label is 18446744073709551616. the ids are 0 (no), 1 (yes)"),
        ("a.jsonl", [-1], {"labels": YES}, "the label is -1. the ids are 0 (no), 1 (yes); -1 (unknown) is for test"),
        ("a.jsonl", [["yes"]], {"labels": YES}, "the label is ['yes']. for any number of labels give"),
        ("a.jsonl", [[0, 1]], SETS, "[0, 1] may be label ids, or a 0 or 1"),
        ("a.jsonl", [[0, 0]], SETS, "[0, 0] may be label ids"),
        ("a.jsonl", [["no", "no"]], SETS, "the label 'no' is given twice"),
        ("a.jsonl", [[2, 2]], THREE, "the label 'maybe' is given twice"),
        ("a.jsonl", [None], SETS, "the labels are missing."),
        ("a.csv", ["no||yes"], SETS, "'no||yes' has an empty label"),
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
def test_or_it_is_refused_with_its_place(
    tmp_path: Path, name: str, values: list[Any], options: dict[str, Any], message: str
) -> None:
    assert message in refusal(tmp_path / name, values, **options)


def test_all_rows_that_are_wrong_are_named_up_to_a_few(tmp_path: Path) -> None:
    text = refusal(tmp_path / "a.jsonl", ["no", "x", "yes", "y"], labels=YES)
    assert [line.partition(": ")[0] for line in text.splitlines()] == [f"{tmp_path}/a.jsonl:{row}" for row in (2, 4)]
    text = refusal(tmp_path / "a.jsonl", ["x"] * 50, labels=YES)
    assert text.endswith("further rows were not checked")
    assert len(text.splitlines()) == 6


@pytest.mark.parametrize(
    ("name", "values", "options", "expected"),
    [
        ("a.jsonl", [None, "yes"], {"labels": YES}, [-1, 1]),
        ("a.jsonl", [-1, 1], {"labels": YES}, [-1, 1]),
        ("a.csv", ["-1", "", "yes"], {"labels": YES}, [-1, -1, 1]),
        ("a.jsonl", [-1, 1], {"labels": ["-1", "1"]}, [0, 1]),
        ("a.csv", ["yes", ""], SETS, [[0, 1], [0, 0]]),
        ("a.csv", ["", ""], SETS, [[-1, -1], [-1, -1]]),
        ("a.jsonl", [[-1, -1], ["yes"]], SETS, [[-1, -1], [0, 1]]),
    ],
)
def test_in_test_splits_labels_may_be_unknown(
    tmp_path: Path, name: str, values: list[Any], options: dict[str, Any], expected: list[Any]
) -> None:
    assert labels(tmp_path / name, values, "test", **options) == expected


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
def test_evaluation_reads_a_label_as_training_does(
    tmp_path: Path, kind: str, lines: list[str], words: tuple[str, ...]
) -> None:
    (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    text = {"text": "tokens"} if kind == "token_classification" else {}
    made = reader(tmp_path / "a.jsonl", kind=kind, **text, **({"labels": list(words)} if words else {}))

    def read() -> Any:
        return [row["label"] for row in made.read("train")]

    def evaluate() -> Any:
        return [read_labelled_example(line, made.task, f"{tmp_path}/a.jsonl:1", made.layout)["label"] for line in lines]

    outcomes = []
    for function in (read, evaluate):
        try:
            outcomes.append(function())
        except ConfigurationError as error:
            outcomes.append(str(error))
    assert outcomes[0] == outcomes[1]
