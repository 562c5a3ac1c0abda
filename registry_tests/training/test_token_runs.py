"""Token classification runs, from files to predictions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spanreg.metrics import evaluate
from spanreg.registry import ConfigurationError, Params
from spanreg.training.serving.evaluate import evaluate_on_file, evaluate_on_split
from spanreg.training.serving.predict import predict
from spanreg.training.serving.saved_run import SavedRun
from spanreg.training.train import train

SENTENCES = [
    [("the", "B-NP"), ("red", "I-NP"), ("fox", "I-NP"), ("saw", "O"), ("a", "B-NP"), ("bear", "I-NP")],
    [("a", "B-NP"), ("brown", "I-NP"), ("bear", "I-NP"), ("slept", "O"), (".", "O")],
    [("foxes", "B-NP"), ("ran", "O")],
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the config of a reader of a few sentences, each ten times."""
    path = tmp_path_factory.mktemp("conll") / "train.txt"
    lines = ["".join(f"{word} {label}\n" for word, label in sentence) for sentence in SENTENCES * 10]
    path.write_text("\n".join(lines), encoding="utf-8")
    return {"type": "conll", "files": {"train": str(path), "test": str(path)}}


@pytest.fixture(scope="module")
def run(make_config: Any, data: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> SavedRun:
    """Return a run that is trained until it knows its sentences; tests only read it."""
    folder = tmp_path_factory.mktemp("runs") / "tokens"
    train(Params(make_config({"epochs": 12, "learning_rate": 1e-2}, data=data)), folder)
    return SavedRun(folder)


def test_a_run_learns_its_labels_and_evaluates_to_the_recorded_figures(run: SavedRun) -> None:
    metrics = run.folder.read("metrics")
    assert metrics["main"] == "f1"
    assert metrics["splits"]["validation"]["f1"] > 0.9
    before = (run.folder.predictions / "validation.jsonl").read_bytes()
    assert evaluate_on_split(run, "validation") == pytest.approx(metrics["splits"]["validation"])
    assert (run.folder.predictions / "validation.jsonl").read_bytes() == before


def test_figures_can_be_computed_from_the_predictions(run: SavedRun) -> None:
    figures = evaluate_on_split(run, "test")
    lines = (run.folder.predictions / "test.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    assert [record["words"] for record in records[:3]] == [[word for word, _ in sentence] for sentence in SENTENCES]
    recomputed = evaluate(
        run.task, *([np.array(record[side]) for record in records] for side in ("prediction", "label"))
    )
    assert recomputed == {name: figure for name, figure in figures.items() if name != "loss"}


def test_predict_labels_the_words_of_a_text_and_the_tokens_of_a_list(run: SavedRun) -> None:
    lines = ['{"text": "the red fox"}', '{"tokens": ["the", "red", "fox"], "label": ["O"]}', '{"text": "  "}']
    text, tokens, blank = predict(run, [lines], "f")
    assert text["words"] == tokens["words"] == [[0, 3], [4, 7], [8, 11]]
    assert text["labels"] == tokens["labels"] == ["B-NP", "I-NP", "I-NP"]
    assert text["spans"] == [[0, 11]]
    assert tokens["text"] == "the red fox"
    assert tokens["gold_label"] == ["O"]
    assert (blank["words"], blank["labels"]) == ([], [])


def test_truncated_tokens_have_no_label_and_count_as_wrong(run: SavedRun, tmp_path: Path) -> None:
    words = ["a", "brown", "bear"] * 20  # more than the 32 tokens of `max_tokens`
    (answer,) = predict(run, [[json.dumps({"tokens": words})]], "f")
    assert len(answer["labels"]) == len(words)
    assert answer["labels"][-1] is None
    truncated = answer["labels"].count(None)
    (tmp_path / "in.jsonl").write_text(json.dumps({"tokens": words, "label": ["B-NP", "I-NP", "I-NP"] * 20}))
    figures = evaluate_on_file(run, tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    assert figures["accuracy"] <= 1 - truncated / len(words)
    assert json.loads((tmp_path / "out.jsonl").read_text())["prediction"].count(-1) == truncated


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"tokens": ["a", ""], "label": [0, 0]}', ":1: column 'tokens' holds ['a', '']. name a column with lists"),
        ('{"tokens": ["a"], "label": [0, 0]}', ":1: 2 labels for 1 token. give one label for each token"),
        ('{"text": "a b", "label": [0, 0]}', ": lacks the columns tokens. it has: text, label"),
        ('{"tokens": ["a"], "label": 3}', ":1: the labels are 3. give a list of labels, or a string"),
        ('{"tokens": ["a"], "label": ["B-VP"]}', ":1: the label is 'B-VP'. the labels are 'B-NP', 'O', 'I-NP'"),
    ],
)
def test_invalid_lines_are_reported(run: SavedRun, tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "in.jsonl").write_text(line)
    with pytest.raises(ConfigurationError) as caught:
        evaluate_on_file(run, tmp_path / "in.jsonl")
    assert str(caught.value).startswith(f"{tmp_path / 'in.jsonl'}{message}")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"head": {"type": "classification"}},
            "head.type: ClassificationHead is for tasks of the kind 'classification', the",
        ),
        (
            {"metrics": ["matthews_correlation"]},
            "data.metrics: the metric 'matthews_correlation' is not for tasks of the",
        ),
    ],
)
def test_heads_and_metrics_of_other_tasks_are_rejected_before_training(
    make_config: Any, data: dict[str, Any], tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    config = make_config(data=data)
    config = {**config, **changes} if "head" in changes else {**config, "data": {**data, **changes}}
    with pytest.raises(ConfigurationError) as caught:
        train(Params(config), tmp_path / "run")
    assert str(caught.value).startswith(message)
    assert not (tmp_path / "run").exists()
