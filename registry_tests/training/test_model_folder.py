"""The folder ``model`` of a run, copied away from it: it loads and serves alone."""

from __future__ import annotations

import json
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
def alone(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(finished / "model", tmp_path_factory.mktemp("elsewhere") / "my-model"))


def test_it_gives_the_run_s_scores_and_spans(finished: Path, alone: Path) -> None:
    mine, theirs = SavedRun(alone), SavedRun(finished)
    np.testing.assert_array_equal(mine.score(TEXTS).logits, theirs.score(TEXTS).logits)
    assert mine.batch(TEXTS)["span_ids"].tolist() == theirs.batch(TEXTS)["span_ids"].tolist()
    assert mine.dictionary is not None
    assert theirs.dictionary is not None
    assert mine.dictionary.table().equals(theirs.dictionary.table())


def test_it_serves_by_every_command(alone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = tmp_path / "lines.jsonl"
    lines.write_text('{"text": "he spilled the beans", "label": "literal"}\n' * 2, encoding="utf-8")
    assert main(["predict", str(alone), str(lines)]) == 0
    first, _ = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["spans"]
    assert evaluate_on_file(SavedRun(alone), lines).keys() >= {"accuracy", "f1"}
    (answer,) = pipeline(TASK, model=str(alone))("he spilled the beans")
    assert answer["label"] == first["label"]


def test_splits_are_known_to_the_run_alone(alone: Path) -> None:
    with pytest.raises(ConfigurationError, match="is a model without its run, .* give a file with --data"):
        evaluate_on_split(SavedRun(alone), "validation")


def test_the_dictionary_is_stored_once_on_the_disk(finished: Path) -> None:
    own, copied = (folder / "dictionary.parquet" for folder in (finished, finished / "model"))
    assert own.samefile(copied) or own.read_bytes() == copied.read_bytes()


@pytest.mark.parametrize("name", ["dictionary.parquet", "inference.json", "tokenizer.json"])
def test_what_was_changed_or_lost_is_named(name: str, alone: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(alone, tmp_path / "model"))
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(DamagedFileError, match=name):
        SavedRun(folder)
    (folder / name).unlink()
    with pytest.raises(ConfigurationError, match=name if name != "inference.json" else "not a run folder"):
        SavedRun(folder)


def test_attachments_of_a_segmenter_come_along(make_config: MakeConfig, tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("red fox\n", encoding="utf-8")
    segmenter = {"type": "max_match", "dictionary": {"type": "file", "path": str(tmp_path / "own.txt")}}
    train(Params(make_config({"max_steps": 1}, segmenter=segmenter)), tmp_path / "run")
    moved = shutil.move(tmp_path / "run" / "model", tmp_path / "moved")
    shutil.rmtree(tmp_path / "run")
    (tmp_path / "own.txt").unlink()
    assert SavedInputs(Path(moved)).batch(["red fox ran"])["span_ids"][0].tolist().count(1) >= 2


def test_a_plain_model_needs_no_span_ids(make_config: MakeConfig, tmp_path: Path) -> None:
    plain = make_config({"max_steps": 1}, aggregator="none", dictionary=None, segmenter=None)
    train(Params(plain), tmp_path / "run")
    folder = tmp_path / "run" / "model"
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    inputs = AutoTokenizer.from_pretrained(folder)(TEXTS, padding=True, return_tensors="pt")
    with torch.no_grad():
        without = model(**inputs).logits
        assert torch.equal(without, model(**SavedRun(tmp_path / "run").batch(TEXTS)).logits)
        short = model(input_ids=inputs["input_ids"][:1, : int(inputs["attention_mask"][0].sum())]).logits
    torch.testing.assert_close(short, without[:1])
    text = (folder / "README.md").read_text(encoding="utf-8")
    words = text.lower().replace("spanreg", "")
    assert "span" not in words
    assert "segment" not in words
    assert "dictionary" not in words


def test_a_model_of_spans_asks_for_them(finished: Path) -> None:
    model = AutoModelForSequenceClassification.from_pretrained(finished / "model")
    with pytest.raises(ConfigurationError, match=r"reads spans, and was called without span_ids\. score texts with"):
        model(input_ids=torch.ones(1, 4, dtype=torch.long))
