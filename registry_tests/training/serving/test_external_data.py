"""Evaluate and predict accept every format that training reads, and read it in the same way."""

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

from spanreg.data.layout_of_config import layout_of_config
from spanreg.data.reading.external_data import ExternalData
from spanreg.data.sources.formats import format_of
from spanreg.data.sources.layout import DataLayout
from spanreg.registry import ConfigurationError, Params
from spanreg.training.runs.layout import RunFolder
from spanreg.training.serving.evaluate import evaluate_on_file, evaluate_on_split
from spanreg.training.serving.predict import predict_rows
from spanreg.training.serving.saved_run import SavedRun
from spanreg.training.train import train

MakeConfig = Callable[..., dict[str, Any]]
Rows = list[dict[str, Any]]

ROWS: Rows = [
    {"first": f"the red fox saw {what}", "second": f"a brown bear {row}", "stars": row % 3 + 1}
    for row, what in enumerate(["nothing", "a brown bear", "a, comma", "it"] * 3)
]
"Labels are numbers that count from 1, and their words are these numbers."


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


WRITE = {"a.csv": write_csv, "a.tsv": write_tsv, "a.jsonl": write_jsonl, "a.jsonl.gz": write_jsonl}
WRITE |= {"a.parquet": write_parquet, "strings.jsonl": write_jsonl}


@pytest.fixture(scope="module")
def run(make_config: MakeConfig, tmp_path_factory: pytest.TempPathFactory) -> SavedRun:
    """A run on pairs whose columns and labels have other names; tests only read it."""
    folder = tmp_path_factory.mktemp("given")
    write_jsonl(folder / "train.jsonl", ROWS)
    files = {"train": str(folder / "train.jsonl"), "validation": str(folder / "train.jsonl")}
    data = {"type": "jsonl", "files": files, "text": "first", "pair": "second", "label": "stars"}
    train(Params(make_config({"max_steps": 6, "learning_rate": 1e-2}, data=data)), folder / "run")
    return SavedRun(folder / "run")


def recorded(run: SavedRun) -> dict[str, float]:
    figures: dict[str, float] = run.folder.read("metrics")["splits"]["validation"]
    return figures


def test_labels_that_were_inferred_are_in_the_record(run: SavedRun) -> None:
    assert run.task.labels == ("1", "2", "3")
    assert run.folder.read("data")["train"]["labels"] == {"1": 4, "2": 4, "3": 4}
    assert "the labels, in the order of their ids, are 1, 2, 3" in (run.folder.path / "train.log").read_text()


@pytest.mark.parametrize("name", WRITE)
def test_a_file_in_any_format_has_the_figures_of_the_split(run: SavedRun, tmp_path: Path, name: str) -> None:
    rows = [{**row, "stars": str(row["stars"])} for row in ROWS] if name.startswith("strings") else ROWS
    WRITE[name](tmp_path / name, rows)
    assert evaluate_on_file(run, tmp_path / name) == recorded(run)
    shared = [{"label": row["stars"], "text": row["first"], "pair": row["second"]} for row in rows]
    WRITE[name](tmp_path / name, shared)
    assert evaluate_on_file(run, tmp_path / name) == recorded(run)


@pytest.mark.parametrize("name", WRITE)
def test_a_file_in_any_format_is_predicted_alike(run: SavedRun, tmp_path: Path, name: str) -> None:
    WRITE[name](tmp_path / name, ROWS)
    answers = list(predict_rows(run, ExternalData(tmp_path / name).rows(run.layout)) if "jsonl" not in name else ())
    if answers:
        assert [answer["first"] for answer in answers] == [row["first"] for row in ROWS]
        assert {answer["label"] for answer in answers} <= {"1", "2", "3"}
        assert [str(answer["stars"]) for answer in answers] == [str(row["stars"]) for row in ROWS]


def test_folders(run: SavedRun, tmp_path: Path) -> None:
    write_csv(tmp_path / "validation.csv", ROWS)
    assert evaluate_on_file(run, tmp_path) == recorded(run)
    write_csv(tmp_path / "test.csv", ROWS[:2])
    with pytest.raises(ConfigurationError, match=r"has several splits\. choose one with --split\. splits: "):
        evaluate_on_file(run, tmp_path)
    assert evaluate_on_file(run, tmp_path, split="validation") == recorded(run)
    assert len(list(ExternalData(tmp_path, split="test").rows(run.layout))) == 2
    write_parquet(tmp_path / "other_partial.parquet", ROWS)
    assert evaluate_on_file(run, tmp_path, split="other_partial") == recorded(run)
    with pytest.raises(ConfigurationError, match=r"is a single file, without splits\. leave --split out"):
        evaluate_on_file(run, tmp_path / "test.csv", split="test")


def test_the_answers_before_a_bad_row_are_given(run: SavedRun, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("first,second\na,b\nc,d\ne\n", encoding="utf-8")
    answers: Iterator[dict[str, Any]] = predict_rows(run, ExternalData(tmp_path / "a.csv").rows(run.layout))
    assert [next(answers)["text"], next(answers)["text"]] == ["a", "c"]
    with pytest.raises(ConfigurationError, match=r"a\.csv:4: 1 values for 2 columns"):
        next(answers)


def test_a_split_is_scored_with_the_labels_of_the_run_when_the_data_have_others(
    make_config: MakeConfig, tmp_path: Path
) -> None:
    write_jsonl(tmp_path / "a.jsonl", [{"text": f"fox {row}", "label": "abc"[row % 3]} for row in range(9)])
    write_jsonl(tmp_path / "b.jsonl", [{"text": f"fox {row}", "label": "abc"[row % 3]} for row in range(9)])
    files = {"train": str(tmp_path / "a.jsonl"), "validation": str(tmp_path / "b.jsonl")}
    train(Params(make_config({"max_steps": 1}, data={"type": "jsonl", "files": files})), tmp_path / "run")
    before = RunFolder(tmp_path / "run").read("metrics")["splits"]["validation"]
    write_jsonl(tmp_path / "a.jsonl", [{"text": "fox", "label": "c"}, {"text": "bear", "label": "b"}])
    assert evaluate_on_split(SavedRun(tmp_path / "run"), "validation") == before


def test_a_run_of_an_earlier_version_is_read_by_its_config(run: SavedRun) -> None:
    found = layout_of_config(run.folder.read("config")["data"])
    assert (found.texts, found.label) == (("first", "second"), "stars")
    assert layout_of_config({"type": "glue", "task": "mrpc"}).texts == ("sentence1", "sentence2")
    assert layout_of_config({"type": "snli"}).skip_unknown
    assert layout_of_config({"type": "conll", "files": {}, "word": 1, "label": 3}).label_column == 3
    assert layout_of_config("demo") == layout_of_config({"type": "mine.Reader"}) == DataLayout()


def test_the_format_of_a_file() -> None:
    conll = DataLayout(format="conll", suffixes=(".tsv", ".txt"))
    assert [format_of(Path(name), conll) for name in ("a.tsv", "a.txt.zst", "a", "a.csv", "a.parquet")] == [
        "conll",
        "conll",
        "conll",
        "csv",
        "parquet",
    ]
    assert [format_of(Path(name), DataLayout()) for name in ("a.tsv", "a.txt", "a.JSON", "a.conllu")] == [
        "tsv",
        "jsonl",
        "jsonl",
        "conll",
    ]
