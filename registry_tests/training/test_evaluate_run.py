"""Evaluation of a finished run on splits and files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from spanreg.data.base import Task
from spanreg.registry import ConfigurationError, Params
from spanreg.training.data.examples import read_labelled_example
from spanreg.training.runs.reader import finished_run
from spanreg.training.serving.evaluate import evaluate_on_file, evaluate_on_split
from spanreg.training.serving.saved_run import SavedRun
from spanreg.training.train import train


@pytest.fixture
def run_copy(finished: Path, tmp_path: Path) -> Path:
    """Return a copy of a finished run, which the test may change."""
    return Path(shutil.copytree(finished, tmp_path / "run"))


def test_evaluating_a_split_again_gives_the_recorded_figures(run_copy: Path) -> None:
    recorded = finished_run(run_copy).read("metrics")["splits"]["validation"]
    predictions = (run_copy / "predictions" / "validation.jsonl").read_bytes()
    assert evaluate_on_split(SavedRun(run_copy), "validation") == recorded
    assert (run_copy / "predictions" / "validation.jsonl").read_bytes() == predictions


def test_figures_and_predictions_of_another_split_are_added_to_the_folder(run_copy: Path) -> None:
    figures = evaluate_on_split(SavedRun(run_copy), "test")
    assert finished_run(run_copy).read("metrics")["splits"]["test"] == figures
    assert len((run_copy / "predictions" / "test.jsonl").read_text().splitlines()) == 32


def test_an_unknown_split_is_rejected(run_copy: Path) -> None:
    with pytest.raises(ConfigurationError, match="dev"):
        evaluate_on_split(SavedRun(run_copy), "dev")


def test_labels_of_a_file_are_words_or_ids(finished: Path, tmp_path: Path) -> None:
    run = SavedRun(finished)
    examples = [{"text": "spill the beans", "label": "figurative"}, {"text": "the red \ud800 fox", "label": 0}]
    path = tmp_path / "in.jsonl"
    path.write_text("\n\n".join(map(json.dumps, examples)))
    figures = evaluate_on_file(run, path, tmp_path / "out.jsonl")
    assert set(figures) >= {"accuracy", "loss"}
    written = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    # The idx is the number of the line, counted from 0; the second line is blank.
    assert [(record["idx"], record["label"]) for record in written] == [(0, 1), (2, 0)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "lacks the columns text, label. it has no columns"),
        (b"\xff", "line 1 is not UTF-8"),
        (b'{"text": "a"}', "lacks the columns label. it has: text"),
        (b'{"text": "a", "label": null}', ":1: the label is missing."),
        (b'{"text": "a", "label": 2}', ":1: the label is 2. the ids are 0 (literal), 1 (figurative)"),
        (b'{"text": "a", "label": true}', ":1: the label is true. the labels are 'literal', 'figurative'"),
        (b'{"text": "a", "label": "x"}', ":1: the label is 'x'. the labels are 'literal', 'figurative'"),
        (b'{"text": "a", "label": 1}\n{"label": 1}', ":2: column 'text' holds null"),
    ],
)
def test_invalid_files_are_reported_with_their_line(
    finished: Path, tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "in.jsonl"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        evaluate_on_file(SavedRun(finished), path)
    assert message in str(caught.value)


def test_only_line_feeds_separate_lines(finished: Path, tmp_path: Path) -> None:
    texts = ["one\u2028line", "another\x85one", "carriage"]
    lines = [json.dumps({"text": text, "label": 0}, ensure_ascii=False) for text in texts]
    (tmp_path / "in.jsonl").write_bytes("\r\n".join(lines).encode())
    evaluate_on_file(SavedRun(finished), tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 3


@pytest.mark.parametrize("label", ["NaN", "Infinity", '"1"', "true", "null"])
def test_regression_labels_are_finite_numbers(label: str) -> None:
    task = Task("t", "regression", (), ("pearson",), pair=False)
    with pytest.raises(ConfigurationError, match=r"f:1: the label is (.*give a finite number|missing)"):
        read_labelled_example(f'{{"text": "a", "label": {label}}}', task, "f:1")


def test_a_missing_file_is_reported(finished: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot read .*: there is no such file"):
        evaluate_on_file(SavedRun(finished), tmp_path / "none.jsonl")


@pytest.mark.usefixtures("toy_readers")
def test_a_split_without_gold_labels_has_predictions_but_no_figures(make_config: Any, tmp_path: Path) -> None:
    train(Params(make_config({"max_steps": 1}, data="toy_pair")), tmp_path / "run")
    assert evaluate_on_split(SavedRun(tmp_path / "run"), "test") == {}
    first = json.loads((tmp_path / "run" / "predictions" / "test.jsonl").read_text().splitlines()[0])
    assert first["label"] is None
