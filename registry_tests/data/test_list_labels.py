"""Tables whose labels are lists: any number of labels, or one for each token."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spanreg.data import DatasetReader
from spanreg.registry import ConfigurationError

WORDS = ["red", "green", "blue"]
LABEL_SETS = [["red", "blue"], ["green"], []]
TOKENS = [["The", "old", "man"], ["sat"]]
TAGS = [["B-NP", "I-NP", "I-NP"], ["O"]]
CHUNKS = ["O", "B-NP", "I-NP"]


def write_rows(path: Path, rows: list[dict[str, Any]]) -> str:
    """Write a table in the format of its suffix, and return its path."""
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".jsonl":
        path.write_text("\n".join(map(json.dumps, rows)))
    else:
        separator = "," if path.suffix == ".csv" else "\t"
        path.write_text("\n".join([separator.join(rows[0]), *(separator.join(row.values()) for row in rows)]) + "\n")
    return str(path)


def make_reader(path: Path, rows: list[dict[str, Any]], split: str = "train", **options: Any) -> DatasetReader:
    """Write a table and return its reader."""
    files = {split: write_rows(path, rows)}
    return DatasetReader.from_params({"type": path.suffix[1:], "files": files, **options})


def make_set_reader(path: Path, rows: list[Any], split: str = "train", **options: Any) -> DatasetReader:
    """Write texts with sets of labels, and return their reader."""
    table = [{"text": f"text {number}", "label": row} for number, row in enumerate(rows)]
    return make_reader(path, table, split, **{"kind": "multi_label", "labels": WORDS, **options})


def make_token_reader(path: Path, tokens: list[Any], token_labels: list[Any], **options: Any) -> DatasetReader:
    """Write lists of tokens with their labels, and return their reader."""
    rows = [{"tokens": words, "tags": labels} for words, labels in zip(tokens, token_labels, strict=True)]
    defaults = {"kind": "token_classification", "text": "tokens", "label": "tags", "labels": CHUNKS}
    return make_reader(path, rows, **{**defaults, **options})


@pytest.mark.parametrize("kind", ["jsonl", "parquet", "csv", "tsv"])
def test_sets_of_labels_become_vectors(kind: str, tmp_path: Path) -> None:
    labels = LABEL_SETS if kind in ("jsonl", "parquet") else ["|".join(row) for row in LABEL_SETS]
    reader = make_set_reader(tmp_path / f"any.{kind}", labels)
    assert reader.task.kind == "multi_label"
    assert reader.task.metrics == ("multi_label_f1",)
    assert list(reader.read("train")["label"]) == [[1, 0, 1], [0, 1, 0], [0, 0, 0]]


def test_labels_may_be_ids_or_mapped_words_and_the_separator_is_configurable(tmp_path: Path) -> None:
    assert list(make_set_reader(tmp_path / "a.jsonl", [[0, 2]]).read("train")["label"]) == [[1, 0, 1]]
    renamed = make_set_reader(
        tmp_path / "b.tsv", ["rouge; bleu"], label_map={"rouge": "red", "bleu": "blue"}, label_separator=";"
    )
    assert list(renamed.read("train")["label"]) == [[1, 0, 1]]


def test_vectors_may_have_real_numbers(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"text": "a", "label": [1.0, 0.0]}\n{"text": "b", "label": [0.0, 0.0]}\n', encoding="utf-8"
    )
    config = {"type": "jsonl", "files": {"train": str(tmp_path / "a.jsonl")}, "kind": "multi_label"}
    reader = DatasetReader.from_params({**config, "labels": ["x", "y"]})
    assert reader.read("train")["label"] == [[1, 0], [0, 0]]
    with pytest.raises(ConfigurationError, match=r"the label is 1\.0\. the labels are '0', '1'"):
        DatasetReader.from_params({**config, "labels": ["0", "1"]}).read("train")


VECTORS = {
    "integers.jsonl": '{"text": "a", "label": [1, 0]}\n{"text": "b", "label": [0, 1]}\n',
    "reals.jsonl": '{"text": "a", "label": [1.0, 0.0]}\n{"text": "b", "label": [0.0, 1.0]}\n',
    "booleans.jsonl": '{"text": "a", "label": [true, false]}\n{"text": "b", "label": [false, true]}\n',
    "strings.csv": "text,label\na,1|0\nb,0|1\n",
}


@pytest.mark.parametrize("name", VECTORS)
def test_vectors_without_label_words_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(VECTORS[name], encoding="utf-8")
    config = {"type": Path(name).suffix[1:], "files": {"train": str(tmp_path / name)}, "kind": "multi_label"}
    message = r":[12]: the label is .*, and the labels have no names. give 'labels' a list of 2 label words"
    with pytest.raises(ConfigurationError, match=message):
        DatasetReader.from_params(config).read("train")


def test_labels_called_0_and_1_are_inferred_from_lists_that_are_no_vectors(tmp_path: Path) -> None:
    rows = '{"text": "a", "label": [1]}\n{"text": "b", "label": [0, 1]}\n{"text": "c", "label": []}\n'
    (tmp_path / "a.jsonl").write_text(rows, encoding="utf-8")
    config = {"type": "jsonl", "files": {"train": str(tmp_path / "a.jsonl")}, "kind": "multi_label"}
    assert DatasetReader.from_params(config).read("train")["label"] == [[0, 1], [1, 1], [0, 0]]


def test_labels_of_test_splits_may_be_missing(tmp_path: Path) -> None:
    assert list(make_set_reader(tmp_path / "a.jsonl", [None], "test").read("test")["label"]) == [[-1, -1, -1]]
    unlabelled = make_reader(
        tmp_path / "b.jsonl",
        [{"tokens": ["a", "b"]}],
        "test",
        kind="token_classification",
        text="tokens",
        labels=CHUNKS,
    )
    assert list(unlabelled.read("test")["label"]) == [[-1, -1]]


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_labels_of_tokens_become_ids(kind: str, tmp_path: Path) -> None:
    reader = make_token_reader(tmp_path / f"any.{kind}", TOKENS, TAGS)
    assert reader.task.metrics == ("chunk_f1",)
    rows = list(reader.read("train"))
    assert [row["text"] for row in rows] == ["The old man", "sat"]
    assert [row["label"] for row in rows] == [[1, 2, 2], [0]]
    words = [[row["text"][start:end] for start, end in zip(row["starts"], row["ends"], strict=True)] for row in rows]
    assert words == TOKENS


def test_token_labels_without_chunks_are_scored_by_accuracy(tmp_path: Path) -> None:
    assert make_token_reader(tmp_path / "a.jsonl", [["a"]], [["DT"]], labels=["DT", "NN"]).task.metrics == ("accuracy",)


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        (
            [["pink"]],
            {},
            "{path}:1: the label is 'pink'. the labels are 'red', 'green'",
        ),
        ([3], {}, "{path}:1: the labels are 3. give a list of labels, or a string with"),
        (
            LABEL_SETS,
            {"kind": "classification"},
            "{path}:1: the label is ['red', 'blue']. for any number of labels give kind 'multi_label'",
        ),
    ],
)
def test_wrong_label_sets_are_refused(tmp_path: Path, rows: list[Any], options: dict[str, Any], message: str) -> None:
    reader = make_set_reader(tmp_path / "any.jsonl", rows, **options)
    with pytest.raises(ConfigurationError) as caught:
        reader.read("train")
    assert str(caught.value).startswith(message.format(path=tmp_path / "any.jsonl"))


def test_lists_of_labels_in_a_classification_are_refused_with_the_kind_to_give(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="for any number of labels give kind 'multi_label'"):
        make_set_reader(tmp_path / "any.parquet", LABEL_SETS, kind="classification").read("train")


@pytest.mark.parametrize(
    ("tokens", "token_labels", "message"),
    [
        ([["a", "b"]], [["O"]], "{path}:1: 1 label for 2 tokens. give one label for"),
        (
            ["a b"],
            [["O"]],
            "{path}:1: column 'tokens' holds 'a b'. name a column with lists",
        ),
        ([["a", " "]], [["O", "O"]], "{path}:1: column 'tokens' holds ['a', ' ']."),
        ([["a"]], [["B-X"]], "{path}:1: the label is 'B-X'."),
    ],
)
def test_wrong_tokens_and_token_labels_are_refused(
    tmp_path: Path, tokens: list[Any], token_labels: list[Any], message: str
) -> None:
    reader = make_token_reader(tmp_path / "any.jsonl", tokens, token_labels)
    with pytest.raises(ConfigurationError) as caught:
        reader.read("train")
    assert str(caught.value).startswith(message.format(path=tmp_path / "any.jsonl"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "regression"}, "labels: a regression has no label words. leave the key out"),
        (
            {"kind": "token_classification", "pair": "b"},
            "pair: token labels are supported for single texts only. leave the key out",
        ),
    ],
)
def test_options_that_contradict_the_kind_are_refused(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make_set_reader(tmp_path / "any.jsonl", LABEL_SETS, **options)
    assert str(caught.value).startswith(message)
