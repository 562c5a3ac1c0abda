"""The CoNLL reader: sentences, label schemes, the validation split, and errors in files."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spanreg.data import DatasetReader
from spanreg.registry import ConfigurationError

TWO_SENTENCES = """\
-DOCSTART- -X- O O

He PRP B-NP
reckons VBZ B-VP
the DT B-NP
deficit NN I-NP
will MD B-VP
narrow VB I-VP
. . O

Shares\tNNS\tB-NP
fell VBD B-VP

"""


@pytest.fixture
def make_reader(tmp_path: Path) -> Any:
    """Return a function that writes a training file and returns its reader."""

    def make(content: str = TWO_SENTENCES, name: str = "train.txt", **options: Any) -> Any:
        data = content.encode()
        (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        files = {"train": str(tmp_path / name), **options.pop("files", {})}
        return DatasetReader.from_params({"type": "conll", "files": files, "validation_share": 0, **options})

    return make


@pytest.mark.parametrize("name", ["train.txt", "train.txt.gz"])
def test_sentences_are_read(make_reader: Any, name: str) -> None:
    reader = make_reader(name=name)
    assert reader.task.kind == "token_classification"
    assert reader.task.labels == ("O", "B-NP", "I-NP", "B-VP", "I-VP")
    assert reader.task.metrics == ("chunk_f1",)
    rows = list(reader.read("train"))
    assert [row["text"] for row in rows] == ["He reckons the deficit will narrow .", "Shares fell"]
    words = [[row["text"][start:end] for start, end in zip(row["starts"], row["ends"], strict=True)] for row in rows]
    assert words == [["He", "reckons", "the", "deficit", "will", "narrow", "."], ["Shares", "fell"]]
    assert [row["label"] for row in rows] == [[1, 3, 1, 2, 3, 4, 0], [1, 3]]
    assert [row["idx"] for row in rows] == [0, 1]


def test_the_last_sentence_needs_no_empty_line(make_reader: Any) -> None:
    assert make_reader(TWO_SENTENCES.rstrip()).read("train")["text"][1] == "Shares fell"


def test_the_label_column_is_configurable(make_reader: Any) -> None:
    reader = make_reader(label=1, scheme="none")
    assert reader.task.metrics == ("accuracy",)
    assert reader.task.labels == (".", "DT", "MD", "NN", "NNS", "PRP", "VB", "VBD", "VBZ")


def test_iob1_becomes_iob2(make_reader: Any) -> None:
    iob1 = "a I-X\nb I-X\nc B-X\nd I-Y\ne O\nf I-X\n"
    reader = make_reader(iob1, scheme="iob1")
    (row,) = reader.read("train")
    assert [reader.task.labels[label] for label in row["label"]] == ["B-X", "I-X", "B-X", "B-Y", "O", "B-X"]


@pytest.mark.parametrize(
    ("share", "validation"), [(0.1, [9, 19]), (0.5, [1, 3, 5, 7, 9, 11, 13, 15, 17, 19]), (0, None)]
)
def test_every_nth_sentence_becomes_the_validation_split(
    make_reader: Any, share: float, validation: list[int] | None
) -> None:
    reader = make_reader("".join(f"w{number} O\nx B-X\n\n" for number in range(20)), validation_share=share)
    kept = set(range(20)) - set(validation or ())
    assert reader.read("train")["text"] == [f"w{number} x" for number in sorted(kept)]
    assert ("validation" in reader.splits()) is (validation is not None)
    if validation is not None:
        assert reader.read("validation")["text"] == [f"w{number} x" for number in validation]


def test_with_a_validation_file_all_training_sentences_are_kept(make_reader: Any, tmp_path: Path) -> None:
    (tmp_path / "dev.txt").write_text("a O\n")
    dev = str(tmp_path / "dev.txt")
    # Without the file, a share of one half would take one of the two sentences.
    reader = make_reader(files={"validation": dev, "test": dev}, validation_share=0.5)
    assert reader.splits() == ("train", "validation", "test")
    assert len(reader.read("train")) == 2
    assert reader.read("validation")["text"] == ["a"]


def test_a_limit_from_the_start_keeps_the_first_sentences(make_reader: Any) -> None:
    assert make_reader(limit=1, limit_from="start").read("train")["text"] == ["He reckons the deficit will narrow ."]


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("", {}, ": has no sentences. give lines of a word and its label"),
        (
            "a O\nb\n",
            {"label": 1},
            ":2: the line has 1 columns, the lines before have 2. give every line the same number",
        ),
        ("a O\nb I-X\n", {}, ":2: 'I-X' follows 'O'. the first word of a chunk has B-; if only"),
        ("a B-Y\n\nb B-X\nc I-Y\n", {}, ":4: 'I-Y' follows 'B-X'."),
        (
            "a NN\n",
            {},
            ":1: the label 'NN' is not a chunk label. labels of the scheme 'iob2' are O, B-type, I-type; for others",
        ),
        ("a B-X\nb O\n", {"labels": ["O", "B-Y"]}, ":1: the label 'B-X' is not one of the task's. did you mean 'B-Y'?"),
    ],
)
def test_malformed_files_are_refused_with_their_line(
    make_reader: Any, tmp_path: Path, content: str, options: dict[str, Any], message: str
) -> None:
    reader = make_reader(content, **options)
    with pytest.raises(ConfigurationError) as caught:
        reader.read("train")
    assert str(caught.value).startswith(f"{tmp_path / 'train.txt'}{message}")


def test_missing_files_and_splits_are_refused(make_reader: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="files: no file is named for the split 'train'"):
        DatasetReader.from_params({"type": "conll", "files": {"test": "x"}})
    with pytest.raises(ConfigurationError, match=r"files\.test: there is no file "):
        make_reader(files={"test": str(tmp_path / "none")}).read("test")
    with pytest.raises(ConfigurationError, match="conll has no split 'dev'"):
        make_reader().read("dev")


def test_conll2000_has_the_published_sizes(spans_dir: Path) -> None:
    files = {split: str(spans_dir / "conll2000" / f"{split}.txt.zst") for split in ("train", "test")}
    reader = DatasetReader.from_params({"type": "conll", "files": files})
    rows = {split: reader.read(split) for split in reader.splits()}
    sizes = {split: np.array([len(read), sum(map(len, read["label"]))]) for split, read in rows.items()}
    assert (sizes["train"] + sizes["validation"]).tolist() == [8936, 211727]
    assert sizes["test"].tolist() == [2012, 47377]
    # O, and B- and I- of 11 types: also I-LST, which occurs in the test file alone.
    assert len(reader.task.labels) == 23
