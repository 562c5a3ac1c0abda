"""Tables of every format: column names, malformed rows, encodings, compression, and label names of the source."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spanreg.data import DatasetReader
from spanreg.data.sources.split_files import read_files
from spanreg.registry import ConfigurationError

LABELS = {"labels": ["neg", "pos"]}

CARD = (
    "---\ndataset_info:\n  features:\n  - name: text\n    dtype: string\n  - name: label\n    dtype:\n"
    "      class_label:\n        names:\n          '0': neg\n          '1': pos\n---\n"
)
"Card of a data set that names the label ids."


def read_rows(path: Path, split: str = "train", **options: Any) -> list[dict[str, Any]]:
    """Return the rows of a file, read by its suffix."""
    config = {"type": path.suffixes[0][1:], "files": {split: str(path)}, **LABELS, **options}
    return list(DatasetReader.from_params(config).read(split))


def error_message(path: Path, **options: Any) -> str:
    """Return the message with which a file is refused."""
    with pytest.raises(ConfigurationError) as caught:
        read_rows(path, **options)
    return str(caught.value)


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl", "a.csv.gz", "a.jsonl.gz"])
def test_a_byte_order_mark_is_skipped(tmp_path: Path, name: str) -> None:
    separator = "\t" if "tsv" in name else ","
    text = '{"text": "film", "label": "pos"}\n' if "jsonl" in name else f"text{separator}label\nfilm{separator}pos\n"
    data = text.encode("utf-8-sig")
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    assert read_rows(tmp_path / name) == [{"text": "film", "label": 1, "idx": 0}]
    (tmp_path / name).write_bytes(text.encode("utf-16"))
    if not name.endswith(".gz"):
        assert error_message(tmp_path / name) == f"{tmp_path / name}: is text in UTF-16. convert it to UTF-8"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "text,label,text\na,neg,b\n", "a.csv: several columns are called 'text'. give each column a"),
        ("a.csv", "text,label,label\na,neg,b\n", "several columns are called 'label'"),
        ("a.csv", "Text,label\na,neg\n", "lacks the columns text. did you mean 'Text'?"),
        ("a.csv", "text, label\na,neg\n", "lacks the columns label. did you mean ' label'?"),
        ("a.csv", "text,label\na,neg,\n", "a.csv:2: 3 values for 2 columns. the columns are text, label"),
        ("a.csv", 'text,label\n"a\nb",neg\nc\n', "a.csv:4: 1 value for 2 columns"),
        ("a.csv", 'text,label\n"a\n', "a.csv:2: cannot be read: unexpected end of data. is a quotation mark open?"),
        ("a.csv", "", "a.csv: lacks the columns text, label. it has no columns"),
        ("a.jsonl", '{"text": "a", "label": "neg", "label": "pos"}', 'a.jsonl:1: the key "label" is given twice.'),
        ("a.jsonl", '{"text": "a", "label": "neg"}\n{"label": "neg"}', "a.jsonl:2: column 'text' holds null."),
        ("a.jsonl", '{"text": 1, "label": "neg"}', "a.jsonl:1: column 'text' holds 1. it must hold a string"),
        ("a.jsonl", '{"text": true, "label": "neg"}', "a.jsonl:1: column 'text' holds true."),
        ("a.jsonl", '{"text": 1000000000000000000000, "label": "neg"}', "column 'text' holds 1000000000000000000000."),
        ("a.jsonl", '{"text": "a", "x": ' + "[" * 3000 + "]" * 3000 + "}", "a.jsonl:1: not JSON: it is nested"),
        ("a.jsonl", '{"text": "a"} {"text": "b"}', "a.jsonl:1: not JSON: Extra data at column 15"),
    ],
)
def test_malformed_files_are_refused_with_their_line(tmp_path: Path, name: str, content: str, message: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert message in error_message(tmp_path / name)


def test_unused_columns_may_contain_anything(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,text,label,id,,\n1,"a, ""b""",neg,2,,\n\n3,c,pos,4,,\n', encoding="utf-8")
    assert [row["text"] for row in read_rows(tmp_path / "a.csv")] == ['a, "b"', "c"]
    line = '{"text": "a", "label": "neg", "id": 1000000000000000000000000000000, "x": [NaN, {"y": null}]}'
    (tmp_path / "a.jsonl").write_text(line, encoding="utf-8")
    assert read_rows(tmp_path / "a.jsonl") == [{"text": "a", "label": 0, "idx": 0}]


def test_texts_are_kept_unchanged(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label\nNA,neg\n null ,pos\n,neg\n007,pos\n", encoding="utf-8")
    assert [row["text"] for row in read_rows(tmp_path / "a.csv")] == ["NA", " null ", "", "007"]


def test_parquet_columns_of_the_same_name_are_refused(tmp_path: Path) -> None:
    columns = [pa.array(["a"]), pa.array(["neg"]), pa.array(["b"])]
    pq.write_table(pa.table(columns, names=["text", "label", "text"]), tmp_path / "a.parquet")
    assert "several columns are called 'text'" in error_message(tmp_path / "a.parquet")
    pq.write_table(pa.table(columns, names=["text", "label", "label"]), tmp_path / "a.parquet")
    assert "several columns are called 'label'" in error_message(tmp_path / "a.parquet")


def test_parquet_strings_may_have_any_layout(tmp_path: Path) -> None:
    texts = pa.array(["a", "b", "a"]).dictionary_encode()
    pq.write_table(
        pa.table({"text": texts, "label": pa.array(["neg", "pos", "neg"], pa.large_string())}), tmp_path / "a.parquet"
    )
    assert [row["text"] for row in read_rows(tmp_path / "a.parquet")] == ["a", "b", "a"]


@pytest.fixture
def parquet_with_names(tmp_path: Path) -> Path:
    """Return a Parquet file whose features name the labels."""
    features = datasets.Features({"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["neg", "pos"])})
    data = datasets.Dataset.from_dict({"text": ["bad", "good"], "label": [0, 1]}, features=features)
    (tmp_path / "data").mkdir()
    data.to_parquet(str(tmp_path / "data" / "train.parquet"))
    return tmp_path / "data" / "train.parquet"


@pytest.mark.parametrize("source", ["parquet", "hub"])
def test_label_ids_are_mapped_by_the_label_names_of_the_source(parquet_with_names: Path, source: str) -> None:
    hub_options: dict[str, Any] = {"path": str(parquet_with_names.parent)}
    place = hub_options if source == "hub" else {"files": {"train": str(parquet_with_names)}}

    def read(**options: Any) -> Any:
        reader = DatasetReader.from_params({"type": source, **place, **options})
        return reader.task.labels, [row["label"] for row in reader.read("train")]

    assert read() == (("neg", "pos"), [0, 1])
    assert read(labels=["pos", "neg"]) == (("pos", "neg"), [1, 0])
    assert read(labels=["good", "bad"], label_map={"pos": "good", "neg": "bad"}) == (("good", "bad"), [1, 0])
    with pytest.raises(ConfigurationError) as caught:
        read(labels=["bad", "good"])
    assert "the label is 0 (neg). the labels are 'bad', 'good'. the data's own label words are 'neg', 'pos'" in str(
        caught.value
    )


@pytest.fixture
def folder_of_shards(tmp_path: Path) -> Path:
    """Return a folder with two files of one split, whose features name the labels in different orders."""
    (tmp_path / "shards").mkdir()
    for shard, names in enumerate([["neg", "pos"], ["pos", "neg"]]):
        features = datasets.Features({"text": datasets.Value("string"), "label": datasets.ClassLabel(names=names)})
        data = datasets.Dataset.from_dict({"text": ["bad", "good"], "label": [0, 1]}, features=features)
        data.to_parquet(str(tmp_path / "shards" / f"train-0000{shard}-of-00002.parquet"))
    return tmp_path / "shards"


def test_files_with_different_label_names_are_refused(folder_of_shards: Path) -> None:
    reader = DatasetReader.from_params({"type": "hub", "path": str(folder_of_shards), **LABELS})
    with pytest.raises(ConfigurationError) as caught:
        reader.read("train")
    first, second = (folder_of_shards / f"train-0000{shard}-of-00002.parquet" for shard in range(2))
    assert str(caught.value) == (
        f"{second}: has 'pos', 'neg' for its label ids, and {first} has 'neg', 'pos'. "
        "write all files of a split with the same label words, in one order"
    )


def test_files_with_and_without_label_names_are_refused(folder_of_shards: Path) -> None:
    path = folder_of_shards / "train-00001-of-00002.parquet"
    pq.write_table(pq.read_table(path).replace_schema_metadata(None), path)
    with pytest.raises(ConfigurationError, match="has no words for its label ids, and .* has 'neg', 'pos'"):
        read_files(sorted(folder_of_shards.iterdir()), ("text", "label"))


def test_the_dataset_card_decides_between_different_label_names(folder_of_shards: Path) -> None:
    (folder_of_shards / "README.md").write_text(CARD, encoding="utf-8")
    reader = DatasetReader.from_params({"type": "hub", "path": str(folder_of_shards), **LABELS})
    assert [row["label"] for row in reader.read("train")] == [0, 1, 0, 1]


def test_the_first_column_by_name_is_reported_if_files_have_different_columns(tmp_path: Path) -> None:
    names = list("hgfedcba")
    for file, columns in (("a.parquet", ["text"]), ("b.parquet", ["text", *names])):
        pq.write_table(pa.table({name: ["x"] for name in columns}), tmp_path / file)
    with pytest.raises(ConfigurationError, match=r"^the column 'a' is in only one of .*a\.parquet and .*b\.parquet"):
        read_files([tmp_path / "a.parquet", tmp_path / "b.parquet"], ["text", *names])


def test_label_ids_are_mapped_by_the_label_names_of_the_dataset_card(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("text,label\nbad,0\ngood,pos\n", encoding="utf-8")
    (tmp_path / "README.md").write_text(CARD, encoding="utf-8")
    reader = DatasetReader.from_params({"type": "hub", "path": str(tmp_path), "labels": ["pos", "neg"]})
    assert [row["label"] for row in reader.read("train")] == [1, 0]


def test_label_words_of_a_folder_are_kept_unchanged(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("text,label\na,NA\nb,EU\nc,None\n", encoding="utf-8")
    reader = DatasetReader.from_params({"type": "hub", "path": str(tmp_path), "labels": ["NA", "EU", "None"]})
    assert [row["label"] for row in reader.read("train")] == [0, 1, 2]
    (tmp_path / "train.csv").write_text("text,label,text\na,NA,b\n", encoding="utf-8")
    with_duplicate_column = DatasetReader.from_params({"type": "hub", "path": str(tmp_path), "labels": ["NA", "EU"]})
    with pytest.raises(ConfigurationError, match=r"train\.csv: several columns are called 'text'"):
        with_duplicate_column.read("train")


READING_OPTIONS = {
    "sep: ';'": ("train.csv", "text;label\ncafé;neg\nNA;pos\n", "utf-8"),
    "delimiter: '|'": ("train.tsv", "text|label\ncafé|neg\nNA|pos\n", "utf-8"),
    "column_names: ['label', 'text']": ("train.csv", "neg,café\npos,NA\n", "utf-8"),
    "skiprows: 1": ("train.csv", "# made, by\ntext,label\ncafé,neg\nNA,pos\n", "utf-8"),
    "encoding: 'latin-1'": ("train.csv", "text,label\ncafé,neg\nNA,pos\n", "latin-1"),
    "description: 'none of these'": ("train.tsv", "text\tlabel\ncafé\tneg\nNA\tpos\n", "utf-8"),
}


@pytest.mark.parametrize("option", READING_OPTIONS)
def test_options_of_the_dataset_card_for_reading_files_are_followed(tmp_path: Path, option: str) -> None:
    file, content, encoding = READING_OPTIONS[option]
    (tmp_path / file).write_text(content, encoding=encoding)
    card = f"---\nconfigs:\n- config_name: default\n  data_files: {file}\n  {option}\n---\n"
    (tmp_path / "README.md").write_text(card, encoding="utf-8")
    rows = DatasetReader.from_params({"type": "hub", "path": str(tmp_path), **LABELS}).read("train")
    assert [(row["text"], row["label"]) for row in rows] == [("café", 0), ("NA", 1)]


def test_a_folder_of_several_configurations_needs_the_name_of_one(tmp_path: Path) -> None:
    card = "configs:\n- config_name: first\n  data_files: a.csv\n- config_name: other\n  data_files: b.csv\n"
    (tmp_path / "README.md").write_text(f"---\n{card}---\n", encoding="utf-8")
    for name, text in (("a.csv", "x"), ("b.csv", "y")):
        (tmp_path / name).write_text(f"text,label\n{text},neg\n", encoding="utf-8")
    config = {"type": "hub", "path": str(tmp_path), **LABELS}
    assert DatasetReader.from_params({**config, "subset": "other"}).read("train")["text"] == ["y"]
    messages = {
        None: rf"^subset: {re.escape(str(tmp_path))} has several configurations. configurations: first, other$",
        "othr": r"^subset: .* has no configuration 'othr'. did you mean 'other'\? configurations: first$",
    }
    for subset, message in messages.items():
        with pytest.raises(ConfigurationError, match=message):
            DatasetReader.from_params({**config, "subset": subset}).read("train")


def test_label_names_of_glue_files_may_have_another_order(tmp_path: Path) -> None:
    names = ["acceptable", "unacceptable"]
    label = datasets.ClassLabel(names=names)
    features = datasets.Features({"sentence": datasets.Value("string"), "label": label, "idx": datasets.Value("int32")})
    data = {"sentence": ["fine", "bad is"], "label": [0, 1], "idx": [0, 1]}
    (tmp_path / "cola").mkdir()
    datasets.Dataset.from_dict(data, features=features).to_parquet(str(tmp_path / "cola" / "train.parquet"))
    reader = DatasetReader.from_params({"type": "glue", "task": "cola", "path": str(tmp_path)})
    assert [row["label"] for row in reader.read("train")] == [1, 0]
