"""The text classification pipeline of transformers agrees with ``spanreg predict``."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoModel, BertForSequenceClassification, pipeline

from spanreg.encoders.tiny import TinyEncoder
from spanreg.integrations.transformers import TASK
from spanreg.model import SpanModel
from spanreg.registry import ConfigurationError, Params
from spanreg.training.serving.predict import predict
from spanreg.training.serving.saved_run import SavedRun
from spanreg.training.train import train

MakeConfig = Callable[..., dict[str, Any]]
TEXTS = ["the red fox ran", "by and large", "", "a bear saw the red fox and a fox"]


def said(folder: Path, lines: list[dict[str, str]]) -> list[dict[str, Any]]:
    return list(predict(SavedRun(folder), [[json.dumps(line) for line in lines]], "here"))


@pytest.mark.parametrize("batch_size", [1, 3])
def test_says_what_predict_says(finished: Path, batch_size: int) -> None:
    assert isinstance(AutoModel.from_pretrained(finished / "model"), SpanModel)
    classify = pipeline(TASK, model=str(finished / "model"), batch_size=batch_size)
    for answer, expected in zip(classify(TEXTS), said(finished, [{"text": text} for text in TEXTS]), strict=True):
        assert answer["label"] == expected["label"]
        assert answer["score"] == pytest.approx(expected["scores"][answer["label"]], abs=2e-3)


@pytest.mark.usefixtures("toy_readers")
def test_pairs(make_config: MakeConfig, tmp_path: Path) -> None:
    train(Params(make_config({"max_steps": 1}, data="toy_pair")), tmp_path / "run")
    classify = pipeline(TASK, model=str(tmp_path / "run" / "model"))
    answer = classify({"text": "the red fox", "text_pair": "a bear"}, top_k=None)
    (expected,) = said(tmp_path / "run", [{"text": "the red fox", "pair": "a bear"}])
    for one in answer:
        assert one["score"] == pytest.approx(expected["scores"][one["label"]], abs=2e-3)
    with pytest.raises(ConfigurationError, match=r'the task toy_pair expects {"text": ..., "pair": ...}'):
        classify("a bear")


@pytest.mark.usefixtures("toy_readers")
def test_regression(make_config: MakeConfig, tmp_path: Path) -> None:
    train(Params(make_config({"max_steps": 1}, data="toy_regression")), tmp_path / "run")
    (answer,) = pipeline(TASK, model=str(tmp_path / "run" / "model"))("the red fox")
    assert answer["score"] == pytest.approx(said(tmp_path / "run", [{"text": "the red fox"}])[0]["score"], abs=2e-2)


def test_other_models_are_refused(tmp_path: Path) -> None:
    encoder = TinyEncoder(TEXTS).load()
    encoder.tokenizer.save_pretrained(tmp_path)
    BertForSequenceClassification(encoder.config).save_pretrained(tmp_path)
    with pytest.raises(ConfigurationError, match="BertForSequenceClassification is not a span model"):
        pipeline(TASK, model=str(tmp_path))("the red fox")


def test_a_model_without_its_inference_settings_is_refused(finished: Path, tmp_path: Path) -> None:
    model = shutil.copytree(finished / "model", tmp_path / "model")
    (model / "inference.json").unlink()
    classify = pipeline(TASK, model=str(model))
    with pytest.raises(ConfigurationError, match="is not a run folder: it has no status.json"):
        classify("a bear")
