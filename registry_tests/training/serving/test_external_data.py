"""Files for ``evaluate`` and ``predict``: every format that training reads, read in the same way."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spanreg.data.base import Task
from spanreg.data.layout_of_config import layout_of_config
from spanreg.data.reading.external_data import ExternalData
from spanreg.data.sources.formats import format_of
from spanreg.data.sources.layout import DataLayout
from spanreg.registry import ConfigurationError, Params
from spanreg.text.files.blocks import byte_lines
from spanreg.training.runs.layout import RunFolder
from spanreg.training.serving.evaluate import evaluate_on_file, evaluate_on_split
from spanreg.training.serving.predict import predict, predict_rows
from spanreg.training.serving.saved_run import SavedRun
from spanreg.training.train import train

MakeConfig = Callable[..., dict[str, Any]]
Rows = list[dict[str, Any]]

ROWS: Rows = [
    {"first": f"the red fox saw {animal}", "second": f"a brown bear {row}", "stars": row % 3 + 1}
    for row, animal in enumerate(["nothing", "a brown bear", "a, comma", "it"] * 3)
]
"Pairs with labels from 1 to 3: the labels of the task are the words '1', '2' and '3', with the ids 0 to 2."


def write_csv(path: Path, rows: Rows) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def write_jsonl(path: Path, rows: Rows) -> None:
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def write_tsv(path: Path, rows: Rows) -> None:
    lines = [list(rows[0]), *(list(map(str, row.values())) for row in rows)]
    path.write_text("".join("\t".join(line) + "\n" for line in lines), encoding="utf-8")


def write_parquet(path: Path, rows: Rows) -> None:
    pq.write_table(pa.Table.from_pylist(rows), path)


WRITERS: dict[str, Callable[[Path, Rows], None]] = {
    "a.csv": write_csv,
    "a.tsv": write_tsv,
    "a.jsonl": write_jsonl,
    "a.jsonl.gz": write_jsonl,
}
WRITERS |= {"a.parquet": write_parquet, "strings.jsonl": write_jsonl}
"Writers by the name of the file; ``strings.jsonl`` has the labels as strings."


@pytest.fixture(scope="module")
def run(make_config: MakeConfig, tmp_path_factory: pytest.TempPathFactory) -> SavedRun:
    """Return a run on pairs in columns with names of their own; tests only read it."""
    folder = tmp_path_factory.mktemp("given")
    write_jsonl(folder / "train.jsonl", ROWS)
    files = {"train": str(folder / "train.jsonl"), "validation": str(folder / "train.jsonl")}
    data = {"type": "jsonl", "files": files, "text": "first", "pair": "second", "label": "stars"}
    train(Params(make_config({"max_steps": 6, "learning_rate": 1e-2}, data=data)), folder / "run")
    return SavedRun(folder / "run")


def recorded_figures(run: SavedRun) -> dict[str, float]:
    """Return the figures of the validation split after the training."""
    figures: dict[str, float] = run.folder.read("metrics")["splits"]["validation"]
    return figures


def test_inferred_labels_are_recorded(run: SavedRun) -> None:
    assert run.task.labels == ("1", "2", "3")
    assert run.folder.read("data")["train"]["labels"] == {"1": 4, "2": 4, "3": 4}
    assert "the labels, in the order of their ids, are 1, 2, 3" in (run.folder.path / "train.log").read_text()


@pytest.mark.parametrize("name", WRITERS)
def test_evaluate_returns_equal_figures_for_every_format(run: SavedRun, tmp_path: Path, name: str) -> None:
    rows = [{**row, "stars": str(row["stars"])} for row in ROWS] if name.startswith("strings") else ROWS
    WRITERS[name](tmp_path / name, rows)
    assert evaluate_on_file(run, tmp_path / name) == recorded_figures(run)
    # The names of the shared columns are understood, too.
    shared = [{"label": row["stars"], "text": row["first"], "pair": row["second"]} for row in rows]
    WRITERS[name](tmp_path / name, shared)
    assert evaluate_on_file(run, tmp_path / name) == recorded_figures(run)


def predict_file(run: SavedRun, path: Path) -> list[dict[str, Any]]:
    """Return the answers for a file, as the command ``predict`` finds them."""
    data = ExternalData(path)
    if data.is_json_lines(run.layout):
        return list(predict(run, [list(byte_lines(path))], str(path)))
    return list(predict_rows(run, data.rows(run.layout)))


@pytest.mark.parametrize("name", WRITERS)
def test_predict_answers_every_row_in_every_format(run: SavedRun, tmp_path: Path, name: str) -> None:
    WRITERS[name](tmp_path / name, ROWS)
    answers = predict_file(run, tmp_path / name)
    assert [answer["first"] for answer in answers] == [row["first"] for row in ROWS]
    assert {answer["label"] for answer in answers} <= {"1", "2", "3"}
    assert [str(answer["stars"]) for answer in answers] == [str(row["stars"]) for row in ROWS]


def test_numbers_of_examples_are_read_from_every_format(tmp_path: Path) -> None:
    task, layout = Task("t", "classification", ("no", "yes"), ("accuracy",), pair=False), DataLayout(index="idx")
    rows = [{"text": "a b", "label": "yes", "idx": 7}, {"text": "c", "label": "no", "idx": -(2**63)}]
    for name in ("a.csv", "a.tsv", "a.parquet"):
        WRITERS[name](tmp_path / name, rows)
        assert ExternalData(tmp_path / name).read(task, layout)["idx"] == [7, -(2**63)]
    for wrong in ("1.0", "", "x", str(2**63), "9" * 5000):
        write_csv(tmp_path / "a.csv", [{"text": "a b", "label": "yes", "idx": wrong}])
        with pytest.raises(ConfigurationError, match=r"a\.csv:2: column 'idx' holds .*it must be a 64-bit integer"):
            ExternalData(tmp_path / "a.csv").read(task, layout)


def test_columns_of_the_same_name_are_left_out_of_parquet_rows(tmp_path: Path) -> None:
    columns = [["a b", "c"], [1, 2], [3, 4]]
    pq.write_table(pa.table(columns, names=["text", "x", "x"]), tmp_path / "a.parquet")
    data = ExternalData(tmp_path / "a.parquet")
    assert [row for _, row in data.rows(DataLayout())] == [{"text": "a b"}, {"text": "c"}]
    pq.write_table(pa.table(columns, names=["x", "x", "x"]), tmp_path / "a.parquet")
    assert [row for _, row in data.rows(DataLayout())] == [{}, {}]


def test_a_folder_with_one_split_is_evaluated(run: SavedRun, tmp_path: Path) -> None:
    write_csv(tmp_path / "validation.csv", ROWS)
    assert evaluate_on_file(run, tmp_path) == recorded_figures(run)


@pytest.mark.parametrize("names", [(), ("train.jsonl", "validation.csv")])
def test_a_folder_that_cannot_be_read_is_reported_without_a_key_of_a_config(
    run: SavedRun, tmp_path: Path, names: tuple[str, ...]
) -> None:
    for name in names:
        (tmp_path / name).write_text('{"text": "a"}\n')
    with pytest.raises(ConfigurationError) as caught:
        evaluate_on_file(run, tmp_path)
    message = str(caught.value)
    assert message.startswith(f"cannot load {tmp_path}: ")
    assert message.endswith(". give a folder with data files of one format")


def test_a_folder_with_several_splits_needs_the_split(run: SavedRun, tmp_path: Path) -> None:
    write_csv(tmp_path / "validation.csv", ROWS)
    write_csv(tmp_path / "test.csv", ROWS[:2])
    with pytest.raises(ConfigurationError, match=r"has several splits\. choose one with --split\. splits: "):
        evaluate_on_file(run, tmp_path)
    assert evaluate_on_file(run, tmp_path, split="validation") == recorded_figures(run)
    assert len(list(ExternalData(tmp_path, split="test").rows(run.layout))) == 2
    write_parquet(tmp_path / "other_partial.parquet", ROWS)
    assert evaluate_on_file(run, tmp_path, split="other_partial") == recorded_figures(run)


def test_a_single_file_has_no_splits(run: SavedRun, tmp_path: Path) -> None:
    write_csv(tmp_path / "test.csv", ROWS[:2])
    with pytest.raises(ConfigurationError, match=r"is a single file, without splits\. leave --split out"):
        evaluate_on_file(run, tmp_path / "test.csv", split="test")


def test_answers_before_an_invalid_row_are_yielded(run: SavedRun, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("first,second\na,b\nc,d\ne\n", encoding="utf-8")
    answers: Iterator[dict[str, Any]] = predict_rows(run, ExternalData(tmp_path / "a.csv").rows(run.layout))
    assert [next(answers)["text"], next(answers)["text"]] == ["a", "c"]
    with pytest.raises(ConfigurationError, match=r"a\.csv:4: 1 value for 2 columns"):
        next(answers)


def test_a_changed_split_is_scored_with_the_labels_of_the_run(make_config: MakeConfig, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "a.jsonl", [{"text": f"fox {row}", "label": "abc"[row % 3]} for row in range(9)])
    write_jsonl(tmp_path / "b.jsonl", [{"text": f"fox {row}", "label": "abc"[row % 3]} for row in range(9)])
    files = {"train": str(tmp_path / "a.jsonl"), "validation": str(tmp_path / "b.jsonl")}
    train(Params(make_config({"max_steps": 1}, data={"type": "jsonl", "files": files})), tmp_path / "run")
    before = RunFolder(tmp_path / "run").read("metrics")["splits"]["validation"]
    write_jsonl(tmp_path / "a.jsonl", [{"text": "fox", "label": "c"}, {"text": "bear", "label": "b"}])
    assert evaluate_on_split(SavedRun(tmp_path / "run"), "validation") == before


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
def test_pairs_without_a_label_are_left_out_where_training_leaves_them_out(tmp_path: Path, name: str) -> None:
    task = Task("snli", "classification", ("entailment", "neutral", "contradiction"), ("accuracy",), pair=True)
    rows = [{"premise": "a", "hypothesis": f"b {row}", "label": label} for row, label in enumerate([0, -1, 2, -1, 1])]
    WRITERS[name](tmp_path / name, rows)
    found = ExternalData(tmp_path / name).read(task, DataLayout(texts=("premise", "hypothesis"), skip_unknown=True))
    assert [(row["pair"], row["label"]) for row in found] == [("b 0", 0), ("b 2", 2), ("b 4", 1)]
    # In JSON lines, the number of an example is that of its line.
    assert list(found["idx"]) == ([0, 2, 4] if name == "a.jsonl" else [0, 1, 2])


def test_the_layout_of_an_old_run_is_inferred_from_its_config(run: SavedRun) -> None:
    layout = layout_of_config(run.folder.read("config")["data"])
    assert (layout.texts, layout.label) == (("first", "second"), "stars")
    assert layout_of_config({"type": "glue", "task": "mrpc"}).texts == ("sentence1", "sentence2")
    assert layout_of_config({"type": "snli"}).skip_unknown
    assert layout_of_config({"type": "conll", "files": {}, "word": 1, "label": 3}).label_column == 3
    assert layout_of_config("demo") == layout_of_config({"type": "mine.Reader"}) == DataLayout()


def test_the_format_is_inferred_from_suffix_and_layout() -> None:
    conll = DataLayout(format="conll", suffixes=(".tsv", ".txt"))
    expected = {"a.tsv": "conll", "a.txt.zst": "conll", "a": "conll", "a.csv": "csv", "a.parquet": "parquet"}
    assert {name: format_of(Path(name), conll) for name in expected} == expected
    expected = {"a.tsv": "tsv", "a.txt": "jsonl", "a.JSON": "jsonl", "a.conllu": "conll"}
    assert {name: format_of(Path(name), DataLayout()) for name in expected} == expected
