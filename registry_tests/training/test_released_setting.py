"""The setting of the released code: white-space words, random spans in training, and truncation by spans."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spanreg.registry import ConfigurationError, Params
from spanreg.storage import MANIFEST
from spanreg.training.runs.layout import RunFolder
from spanreg.training.serving.evaluate import evaluate_on_split
from spanreg.training.serving.predict import predict
from spanreg.training.serving.saved_run import SavedRun
from spanreg.training.train import train

MakeConfig = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def config(make_config: MakeConfig, corpus: Path) -> dict[str, Any]:
    """Return a config in the setting of the released code."""
    ngram = {"type": "ngram", "corpus": str(corpus), "words": "whitespace", "lowercase": "after", "punctuation": "drop"}
    return make_config(
        dictionary=ngram,
        segmenter={"type": "random", "matched_to": "released_max_match", "splits": ["train"]},
        training={"epochs": 1, "truncation": "released", "max_spans": 24},
    )


@pytest.fixture(scope="module")
def run(config: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> SavedRun:
    """Return a finished run of the config; tests only read it."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    train(Params(config), folder)
    return SavedRun(folder)


def test_the_run_folder_records_truncation_and_word_rule(run: SavedRun) -> None:
    settings = RunFolder(run.folder.path).read("inference")
    assert settings["truncation"] == "released"
    assert settings["max_spans"] == 24
    assert run.segmenter.word_rule.name == "whitespace"
    assert run.dictionary is not None


def test_new_texts_are_segmented_by_the_dictionary(run: SavedRun) -> None:
    lines = [json.dumps({"text": text}) for text in ("the red fox saw a brown bear , and ran", "the red fox")]
    first, second = predict(run, [lines], "here")
    assert [first["text"][start:end] for start, end in first["spans"]][:2] == ["the red fox saw a", "brown bear"]
    assert [second["text"][start:end] for start, end in second["spans"]] == ["the red", "fox"]


def test_evaluating_a_split_again_gives_the_recorded_figures(run: SavedRun) -> None:
    recorded = run.folder.read("metrics")["splits"]["validation"]
    assert evaluate_on_split(run, "validation") == pytest.approx(recorded)


def test_a_run_folder_without_the_settings_has_no_budget_of_spans(run: SavedRun, tmp_path: Path) -> None:
    old_run = RunFolder(tmp_path / "old")
    shutil.copytree(run.folder.path, old_run.path)
    settings = old_run.read("inference")
    del settings["truncation"], settings["max_spans"]
    (old_run.path / "inference.json").write_text(json.dumps(settings), encoding="utf-8")
    (old_run.path / "status.json").write_text('{"state": "finished"}', encoding="utf-8")
    (old_run.path / MANIFEST).unlink()
    assert SavedRun(old_run.path).budget is None


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"segmenter": {"type": "random", "splits": ["trian"]}}, "segmenter.splits: the data have no split 'trian'."),
        (
            {"segmenter": {"type": "max_match", "words": "unicode"}},
            "segmenter: 'max_match' has the word rule 'unicode', and the dictionary",
        ),
        ({"training": {"max_spans": 24}}, "training.max_spans: max_spans needs truncation: 'released'. give"),
        ({"training": {"truncation": "released", "max_spans": 6}}, "training.max_spans: max_spans is 6, which leaves"),
        ({"training": {"truncation": "released", "max_tokens": 10}}, "training.max_tokens: max_tokens is 10, which"),
    ],
)
def test_settings_that_do_not_fit_are_rejected(
    config: dict[str, Any], tmp_path: Path, changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        train(Params({**config, **changes}), tmp_path / "run")
    assert problem in str(caught.value)
    assert not (tmp_path / "run" / "config.json").exists()
