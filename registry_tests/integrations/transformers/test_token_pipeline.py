"""Token classification pipeline of transformers: it agrees with ``spanreg predict``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoModelForTokenClassification, pipeline

from spanreg.integrations.transformers import TASK, TOKEN_TASK
from spanreg.model import SpanModel
from spanreg.registry import ConfigurationError, Params
from spanreg.training.serving.predict import predict
from spanreg.training.serving.saved_run import SavedRun
from spanreg.training.train import train

SENTENCES = [
    [("the", "B-NP"), ("red", "I-NP"), ("fox", "I-NP"), ("saw", "O"), ("a", "B-NP"), ("bear", "I-NP")],
    [("a", "B-NP"), ("brown", "I-NP"), ("bear", "I-NP"), ("slept", "O"), (".", "O")],
]
TEXTS = ["the red fox saw a bear", "a bear slept.", "", "unknown (words), the red fox " * 12]


@pytest.fixture(scope="module")
def folder(make_config: Callable[..., dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run that has learned the labels of its sentences."""
    parent = tmp_path_factory.mktemp("tokens")
    lines = ["".join(f"{word} {label}\n" for word, label in sentence) for sentence in SENTENCES * 10]
    (parent / "train.txt").write_text("\n".join(lines), encoding="utf-8")
    data = {"type": "conll", "files": {"train": str(parent / "train.txt")}}
    train(Params(make_config({"epochs": 8, "learning_rate": 1e-2}, data=data)), parent / "run")
    return parent / "run"


def predict_rows(folder: Path, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the answers of ``spanreg predict``."""
    return list(predict(SavedRun(folder), [[json.dumps(row) for row in rows]], "rows.jsonl"))


@pytest.mark.parametrize("batch_size", [1, 3])
def test_words_are_labelled_as_by_predict(folder: Path, batch_size: int) -> None:
    assert isinstance(AutoModelForTokenClassification.from_pretrained(folder / "model"), SpanModel)
    label = pipeline(TOKEN_TASK, model=str(folder / "model"), batch_size=batch_size, ignore_labels=[])
    for words, expected in zip(label(TEXTS), predict_rows(folder, [{"text": text} for text in TEXTS]), strict=True):
        # Words beyond the longest input have no label.
        labelled = [pair for pair in zip(expected["words"], expected["labels"], strict=True) if pair[1] is not None]
        assert [([word["start"], word["end"]], word["entity"]) for word in words] == labelled
        assert [word["word"] for word in words] == [expected["text"][start:end] for (start, end), _ in labelled]
        assert all(0 < word["score"] <= 1 for word in words)


def test_words_of_one_chunk_are_grouped(folder: Path) -> None:
    group = pipeline(TOKEN_TASK, model=str(folder / "model"), aggregation_strategy="simple")
    chunks = group("the red fox saw a bear")
    assert [(chunk["entity_group"], chunk["word"], chunk["start"], chunk["end"]) for chunk in chunks] == [
        ("NP", "the red fox", 0, 11),
        ("NP", "a bear", 16, 22),
    ]
    others = group("the red fox saw a bear", ignore_labels=["NP"])
    assert [chunk["entity_group"] for chunk in others] == ["O"]


def test_split_words_are_labelled_as_by_predict(folder: Path) -> None:
    words = ["the", "red-fox", "saw"]
    label = pipeline(TOKEN_TASK, model=str(folder / "model"), ignore_labels=[])
    (expected,) = predict_rows(folder, [{"tokens": words}])
    found = label(words, is_split_into_words=True)
    found = found[0] if isinstance(found[0], list) else found
    assert [word["word"] for word in found] == words
    assert [word["entity"] for word in found] == expected["labels"]


def test_each_pipeline_refuses_runs_of_the_other_task(folder: Path, finished: Path) -> None:
    with pytest.raises(ConfigurationError, match='labels texts. use pipeline\\("span-text-classification"\\)'):
        pipeline(TOKEN_TASK, model=str(finished / "model"))("the red fox")
    with pytest.raises(ConfigurationError, match='labels tokens. use pipeline\\("span-token-classification"\\)'):
        pipeline(TASK, model=str(folder / "model"))("the red fox")
