"""The folder ``model`` of a run, copied elsewhere: it is enough to predict and evaluate."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

from spanreg.cli.main import main
from spanreg.integrations.transformers import TASK
from spanreg.registry import ConfigurationError, Params
from spanreg.storage import DamagedFileError
from spanreg.training.serving.evaluate import evaluate_on_file, evaluate_on_split
from spanreg.training.serving.saved_inputs import SavedInputs
from spanreg.training.serving.saved_run import SavedRun
from spanreg.training.train import train

MakeConfig = Callable[..., dict[str, Any]]
TEXTS = ["the red fox saw a brown bear", "he spilled the beans", ""]


@pytest.fixture(scope="module")
def model_folder(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the folder ``model`` of a finished run."""
    return Path(shutil.copytree(finished / "model", tmp_path_factory.mktemp("elsewhere") / "my-model"))


def test_the_model_folder_gives_the_scores_and_spans_of_the_run(finished: Path, model_folder: Path) -> None:
    from_model, from_run = SavedRun(model_folder), SavedRun(finished)
    np.testing.assert_array_equal(from_model.score(TEXTS).logits, from_run.score(TEXTS).logits)
    assert from_model.batch(TEXTS)["span_ids"].tolist() == from_run.batch(TEXTS)["span_ids"].tolist()
    assert from_model.dictionary is not None
    assert from_run.dictionary is not None
    assert from_model.dictionary.table().equals(from_run.dictionary.table())


def test_predict_evaluate_and_pipeline_accept_the_model_folder(
    model_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = tmp_path / "lines.jsonl"
    lines.write_text('{"text": "he spilled the beans", "label": "literal"}\n' * 2, encoding="utf-8")
    assert main(["predict", str(model_folder), str(lines)]) == 0
    first, _ = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["spans"]
    assert evaluate_on_file(SavedRun(model_folder), lines).keys() >= {"accuracy", "f1"}
    (answer,) = pipeline(TASK, model=str(model_folder))("he spilled the beans")
    assert answer["label"] == first["label"]


def test_splits_cannot_be_evaluated_without_the_run(model_folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="is a model without its run, .* give a file with --data"):
        evaluate_on_split(SavedRun(model_folder), "validation")


def test_the_dictionary_of_run_and_model_is_stored_once(finished: Path, tmp_path: Path) -> None:
    in_run, in_model = (folder / "dictionary.parquet" for folder in (finished, finished / "model"))
    assert in_run.read_bytes() == in_model.read_bytes()
    try:
        os.link(in_run, tmp_path / "link")
    except OSError:  # a file system without hard links, where the run has copied the file
        return
    assert in_run.samefile(in_model)


@pytest.mark.parametrize("name", ["dictionary.parquet", "inference.json", "tokenizer.json"])
def test_damaged_and_missing_files_are_reported(name: str, model_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(model_folder, tmp_path / "model"))
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(DamagedFileError, match=name):
        SavedRun(folder)
    (folder / name).unlink()
    with pytest.raises(ConfigurationError, match=name if name != "inference.json" else "not a run folder"):
        SavedRun(folder)


def test_the_dictionary_of_a_segmenter_is_in_the_model_folder(make_config: MakeConfig, tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("red fox\n", encoding="utf-8")
    segmenter = {"type": "max_match", "dictionary": {"type": "file", "path": str(tmp_path / "own.txt")}}
    train(Params(make_config({"max_steps": 1}, segmenter=segmenter)), tmp_path / "run")
    moved = shutil.move(tmp_path / "run" / "model", tmp_path / "moved")
    shutil.rmtree(tmp_path / "run")
    (tmp_path / "own.txt").unlink()
    assert SavedInputs(Path(moved)).batch(["red fox ran"])["span_ids"][0].tolist().count(1) >= 2


def test_a_model_without_spans_is_called_without_span_ids(make_config: MakeConfig, tmp_path: Path) -> None:
    config = make_config({"max_steps": 1}, aggregator="none", dictionary=None, segmenter=None)
    train(Params(config), tmp_path / "run")
    folder = tmp_path / "run" / "model"
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    inputs = AutoTokenizer.from_pretrained(folder)(TEXTS, padding=True, return_tensors="pt")
    with torch.no_grad():
        logits = model(**inputs).logits
        assert torch.equal(logits, model(**SavedRun(tmp_path / "run").batch(TEXTS)).logits)
        unpadded = model(input_ids=inputs["input_ids"][:1, : int(inputs["attention_mask"][0].sum())]).logits
    torch.testing.assert_close(unpadded, logits[:1])
    card = (folder / "README.md").read_text(encoding="utf-8")
    prose = card.lower().replace("spanreg", "")  # the card of a model without spans does not mention them
    assert "span" not in prose
    assert "segment" not in prose
    assert "dictionary" not in prose


def test_a_span_model_called_without_span_ids_is_an_error(finished: Path) -> None:
    model = AutoModelForSequenceClassification.from_pretrained(finished / "model")
    with pytest.raises(ConfigurationError, match=r"reads spans, and was called without span_ids\. score texts with"):
        model(input_ids=torch.ones(1, 4, dtype=torch.long))
