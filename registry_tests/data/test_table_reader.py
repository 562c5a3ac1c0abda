"""Readers of tables in the user's own layout: columns, labels and files as a config names them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spanreg.data import DatasetReader
from spanreg.registry import ConfigurationError

Rows = list[dict[str, Any]]
ROWS: Rows = [
    {"first": 'a "quoted" word, and more', "second": "Ünïcode", "gold": "pos", "other": 1},
    {"first": "plain", "second": " ", "gold": "neg", "other": 2},
    {"first": "last", "second": "two", "gold": "pos", "other": 3},
]
COLUMNS = {"text": "first", "pair": "second", "label": "gold"}


def write_jsonl(path: Path, rows: Rows) -> None:
    path.write_text("\n".join(json.dumps({**row, "nested": [row]}) for row in rows) + "\n\n", encoding="utf-8")


def write_csv(path: Path, rows: Rows) -> None:
    cells = [[f'"{str(value).replace(chr(34), chr(34) * 2)}"' for value in row.values()] for row in rows]
    path.write_text("\n".join(map(",".join, [list(rows[0]), *cells])), encoding="utf-8")


def write_tsv(path: Path, rows: Rows) -> None:
    cells = [[str(value) for value in row.values()] for row in rows]
    path.write_text("\n".join(map("\t".join, [list(rows[0]), *cells])) + "\n", encoding="utf-8-sig")


def write_parquet(path: Path, rows: Rows) -> None:
    pq.write_table(pa.Table.from_pylist([{**row, "nested": [1]} for row in rows]), path)


WRITE: dict[str, Callable[[Path, Rows], None]] = {
    "jsonl": write_jsonl,
    "csv": write_csv,
    "tsv": write_tsv,
    "parquet": write_parquet,
}


def reader(kind: str, folder: Path, rows: Rows = ROWS, split: str = "train", **options: Any) -> DatasetReader:
    path = folder / f"any.{kind}"
    WRITE[kind](path, rows)
    options = {**COLUMNS, "labels": ["neg", "pos"], **options}
    return DatasetReader.from_params({"type": kind, "files": {split: str(path)}, **options})


@pytest.mark.parametrize("kind", WRITE)
def test_gives_the_shared_columns(kind: str, tmp_path: Path) -> None:
    made = reader(kind, tmp_path)
    read = made.read("train")
    assert read.to_dict() == {
        "text": [row["first"] for row in ROWS],
        "pair": [row["second"] for row in ROWS],
        "label": [1, 0, 1],
        "idx": [0, 1, 2],
    }
    assert str(read.features["label"].dtype) == "int64"
    assert (made.task.labels, made.task.metrics, made.task.pair) == (("neg", "pos"), ("accuracy",), True)


@pytest.mark.parametrize("kind", WRITE)
def test_real_values_make_a_regression(kind: str, tmp_path: Path) -> None:
    rows = [{**row, "other": row["other"] + 0.5} for row in ROWS]
    made = reader(kind, tmp_path, rows, labels=None, label="other", pair=None, limit=2, limit_from="start")
    read = made.read("train")
    assert read.to_dict() == {"text": [row["first"] for row in ROWS[:2]], "label": [1.5, 2.5], "idx": [0, 1]}
    assert (made.task.kind, made.task.metrics) == ("regression", ("pearson", "spearman"))


@pytest.mark.parametrize("kind", WRITE)
def test_labels_are_renamed_or_counted(kind: str, tmp_path: Path) -> None:
    made = reader(kind, tmp_path, label_map={"pos": "yes", "neg": "no"}, labels=["yes", "no"])
    assert made.read("train")["label"][:] == [0, 1, 0]
    counted = reader(kind, tmp_path, label="other", labels=["a", "b", "c", "d"])
    assert counted.read("train")["label"][:] == [1, 2, 3]


@pytest.mark.parametrize("kind", WRITE)
def test_a_test_split_may_lack_labels(kind: str, tmp_path: Path) -> None:
    rows = [{"first": "one", "second": "two"}]
    assert reader(kind, tmp_path, rows, split="test").read("test")["label"][:] == [-1]
    with pytest.raises(ConfigurationError, match=r"lacks the columns gold\. it has: first, second(, nested)?;"):
        reader(kind, tmp_path, rows).read("train")


@pytest.mark.parametrize("kind", WRITE)
def test_minus_one_is_a_value_of_a_regression(kind: str, tmp_path: Path) -> None:
    def labels(split: str, *values: Any) -> list[float]:
        rows = [{"first": "one", "second": "two", **({} if one is None else {"gold": one})} for one in values]
        return list(reader(kind, tmp_path, rows, split=split, labels=None, metrics=["pearson"]).read(split)["label"])

    assert labels("train", -1.0, 0.5) == [-1.0, 0.5]
    assert labels("test", -1.0, 0.5) == [-1.0, 0.5]
    assert all(math.isnan(label) for label in labels("test", -1.0, -1.0)), "as GLUE marks what is kept secret"
    assert all(math.isnan(label) for label in labels("test", None, None))


@pytest.mark.parametrize("kind", WRITE)
def test_names_the_label_that_is_none(kind: str, tmp_path: Path) -> None:
    rows = [*ROWS, {"first": "one", "second": "two", "gold": "neutral", "other": 0}]
    with pytest.raises(ConfigurationError) as caught:
        reader(kind, tmp_path, rows).read("train")
    place = ", row 3 (counted from 0)" if kind == "parquet" else ":5" if kind != "jsonl" else ":4"
    assert f"any.{kind}{place}: the label is 'neutral'. the labels are 'neg', 'pos'" in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"labels": ["neg"]}, "labels: is ['neg']. give a list of at least 2"),
        ({"labels": ["neg", " "]}, "labels: a label is empty."),
        ({"label_separator": ""}, "label_separator: is empty."),
        ({"labels": ["neg", "neg"]}, "labels: is ['neg', 'neg']. give a list without repetitions"),
        ({"label_map": {"0": "nego"}}, "label_map.0: 'nego' is not one of the labels. did you mean 'neg'?"),
        ({"metrics": ["acuracy"]}, "metrics.0: 'acuracy' is not registered for Metric. did you mean 'accuracy'?"),
        ({"files": {}}, "files: there are no files."),
    ],
)
def test_refuses(options: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        reader("csv", tmp_path, **options) if "files" not in options else DatasetReader.from_params(
            {"type": "csv", **options}
        )
    assert str(caught.value).startswith(message)


def test_splits_come_in_their_order_and_files_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label\nx,1\n", encoding="utf-8")
    files = {"test": str(tmp_path / "c.csv"), "extra": "x", "validation": "y", "train": str(tmp_path / "a.csv")}
    made = DatasetReader.from_params({"type": "csv", "files": files})
    assert made.splits() == ("train", "validation", "test", "extra")
    with pytest.raises(ConfigurationError, match=r"files\.test: there is no file .*c\.csv\. the folder has: a\.csv"):
        made.read("test")
    with pytest.raises(ConfigurationError, match=r"no file is named for the split 'tranin'\. did you mean 'train'"):
        made.read("tranin")


@pytest.mark.parametrize(
    ("kind", "content", "message"),
    [
        ("jsonl", '{"text": "x", "label": 1}\n{"text"\n', "any.jsonl:2: not JSON"),
        ("jsonl", "[1]\n", "any.jsonl:1: not a JSON object"),
        ("jsonl", '{"text": ["x"], "label": 1}\n', "any.jsonl:1: column 'text' holds ['x']"),
        ("csv", "text,label\nx\n", "any.csv:2: 1 values for 2 columns. the columns are text, label"),
        ("csv", 'text,label\n"x,1\n', "cannot be read"),
        ("csv", "text,label\n", "has no examples"),
        ("tsv", "text,label\nx,1\n", "any.tsv: lacks the columns text, label. it has: text,label; name its"),
        ("parquet", "no parquet", "any.parquet: cannot be read as Parquet"),
        ("csv", b"text,label\n\xff,1\n", "not UTF-8"),
    ],
)
def test_damaged_files(kind: str, content: str | bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / f"any.{kind}"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigurationError) as caught:
        DatasetReader.from_params({"type": kind, "files": {"train": str(path)}, "kind": "regression"}).read("train")
    assert message in str(caught.value)


def test_a_folder_in_the_layout_of_the_hub(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for split in ("train", "test"):
        write_csv(tmp_path / "data" / f"{split}.csv", ROWS)
    made = DatasetReader.from_params(
        {"type": "hub", "path": str(tmp_path / "data"), **COLUMNS, "labels": ["neg", "pos"]}
    )
    assert made.splits() == ("train", "test")
    assert made.read("train")["label"][:] == [1, 0, 1]
    with pytest.raises(ConfigurationError, match="has no split 'validation'"):
        made.read("validation")


def test_the_hub_out_of_reach_is_an_error_of_ours() -> None:
    with pytest.raises(ConfigurationError, match=r"path: cannot load nobody/has-this: .*local folder of data files"):
        DatasetReader.from_params({"type": "hub", "path": "nobody/has-this"}).splits()


def test_snli_leaves_out_what_nobody_agreed_on(tmp_path: Path) -> None:
    rows = [{"premise": "a", "hypothesis": "b", "label": label} for label in (0, -1, 2, 1)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "train.parquet")
    made = DatasetReader.from_params({"type": "snli", "path": str(tmp_path)})
    assert made.splits() == ("train",)
    assert made.read("train")["label"][:] == [0, 2, 1]
    assert made.read("train")["idx"][:] == [0, 1, 2]
    assert made.task.labels == ("entailment", "neutral", "contradiction")
    with pytest.raises(ConfigurationError, match="snli has no split 'test'"):
        made.read("test")


def test_snli_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="path: there is no folder"):
        DatasetReader.from_params({"type": "snli", "path": str(tmp_path / "none")}).splits()
    with pytest.raises(ConfigurationError, match="path: cannot load snli from the hub"):
        DatasetReader.from_params("snli").read("train")
    with pytest.raises(ConfigurationError, match="files: file names were given, but no local folder"):
        DatasetReader.from_params({"type": "snli", "files": {"train": "x"}})


def test_half_a_surrogate_pair_in_json_is_replaced(tmp_path: Path) -> None:
    rows = [{"first": "a \ud800 b", "second": "\U0001f642", "gold": "pos"}]
    read = reader("jsonl", tmp_path, rows).read("train")
    assert (read["text"][0], read["pair"][0]) == ("a \ufffd b", "\U0001f642")


def test_a_column_may_be_called_none(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text('{"text": "a", "None": "x"}\n{"text": "b", "None": "y"}\n', encoding="utf-8")
    files = {"train": str(tmp_path / "train.jsonl")}
    found = DatasetReader.from_params({"type": "jsonl", "files": files, "label": "None"})
    assert found.task.labels == ("x", "y")


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"text": "first", "pair": "first"}, "pair: is 'first', which is already the column of 'text'"),
        ({"text": "gold"}, "label: is 'gold', which is already the column of 'text'"),
        ({"pair": "gold"}, "label: is 'gold', which is already the column of 'pair'"),
    ],
)
def test_a_column_has_one_role(columns: dict[str, str], said: str, tmp_path: Path) -> None:
    given = {"text": "first", "label": "gold", "labels": ["a", "b"], **columns}
    for reader_of in ({"type": "hub", "path": "x"}, {"type": "csv", "files": {"train": "x.csv"}}):
        with pytest.raises(ConfigurationError, match=said):
            DatasetReader.from_params({**reader_of, **given})
