"""Text classification pipeline of transformers: it agrees with ``spanreg predict``."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
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
TOLERANCE = 2e-3
"Largest difference of two scores: a machine with bf16 computes in it, and it rounds differently in other batches."


def predict_rows(folder: Path, rows: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Return the answers of ``spanreg predict``."""
    return list(predict(SavedRun(folder), [[json.dumps(row) for row in rows]], "rows.jsonl"))


@pytest.mark.parametrize("batch_size", [1, 3])
def test_labels_and_scores_equal_those_of_predict(finished: Path, batch_size: int) -> None:
    assert isinstance(AutoModel.from_pretrained(finished / "model"), SpanModel)
    classify = pipeline(TASK, model=str(finished / "model"), batch_size=batch_size)
    rows = predict_rows(finished, [{"text": text} for text in TEXTS])
    for answer, expected in zip(classify(TEXTS), rows, strict=True):
        assert answer["label"] == expected["label"]
        assert answer["score"] == pytest.approx(expected["scores"][answer["label"]], abs=TOLERANCE)


@pytest.mark.usefixtures("toy_readers")
def test_scores_of_pairs_equal_those_of_predict(make_config: MakeConfig, tmp_path: Path) -> None:
    train(Params(make_config({"max_steps": 1}, data="toy_pair")), tmp_path / "run")
    classify = pipeline(TASK, model=str(tmp_path / "run" / "model"))
    answers = classify({"text": "the red fox", "text_pair": "a bear"}, top_k=None)
    (expected,) = predict_rows(tmp_path / "run", [{"text": "the red fox", "pair": "a bear"}])
    assert len(answers) == len(expected["scores"])
    for answer in answers:
        assert answer["score"] == pytest.approx(expected["scores"][answer["label"]], abs=TOLERANCE)
    with pytest.raises(ConfigurationError, match=r'the task toy_pair expects {"text": ..., "pair": ...}'):
        classify("a bear")


@pytest.mark.usefixtures("toy_readers")
def test_the_value_of_a_regression_equals_that_of_predict(make_config: MakeConfig, tmp_path: Path) -> None:
    train(Params(make_config({"max_steps": 1}, data="toy_regression")), tmp_path / "run")
    (answer,) = pipeline(TASK, model=str(tmp_path / "run" / "model"))("the red fox")
    (expected,) = predict_rows(tmp_path / "run", [{"text": "the red fox"}])
    assert answer["score"] == pytest.approx(expected["score"], abs=2e-2)


@pytest.mark.usefixtures("toy_readers")
def test_a_regression_is_clipped_to_the_scale_of_its_task(make_config: MakeConfig, tmp_path: Path) -> None:
    train(Params(make_config({"max_steps": 1}, data="toy_regression")), tmp_path / "run")
    classify: Any = pipeline(TASK, model=str(tmp_path / "run" / "model"))
    (free,) = classify("a red fox")
    higher, lower = free["score"] + 1, free["score"] - 1
    for bounds, expected in (((higher, 9.0), higher), ((-9.0, lower), lower)):
        classify.run.task = replace(classify.run.task, bounds=bounds)
        (clipped,) = classify("a red fox")
        assert clipped["score"] == pytest.approx(expected)
        run = SavedRun(tmp_path / "run")
        run.task = classify.run.task
        assert clipped["score"] == pytest.approx(float(run.score(["a red fox"]).predictions[0]))


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
