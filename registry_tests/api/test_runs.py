"""Run: a loaded run answers as the commands do."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import spanreg
from spanreg.api.answers import Segmentation
from spanreg.api.runs import Run
from spanreg.api.training import train
from spanreg.registry import ConfigurationError
from spanreg.segmenters.spans.offsets import segment_texts
from spanreg.training.serving.evaluate import evaluate_on_split
from spanreg.training.serving.predict import predict
from spanreg.training.serving.saved_run import SavedRun

MakeConfig = Callable[..., dict[str, Any]]
TEXTS = ["the red fox ran", "by and large", ""]


def test_predictions_equal_those_of_the_command(run: Run, finished: Path) -> None:
    lines = [json.dumps({"text": text}) for text in TEXTS]
    expected = list(predict(SavedRun(finished), [lines], "here"))
    found = run.predict(TEXTS)
    assert found == expected
    assert run.predict([{"text": text} for text in TEXTS]) == expected
    frame = found.to_pandas()
    assert list(frame.columns) == ["text", "label", "spans", "scores.literal", "scores.figurative"]
    assert list(frame["label"]) == [answer["label"] for answer in expected]
    assert run.predict([]) == []


def test_segmentations_equal_those_of_the_segmenter(run: Run) -> None:
    found = run.segment(TEXTS)
    expected = [[(span.start, span.end) for span in spans] for spans in segment_texts(run.segmenter, TEXTS)]
    assert [list(segmentation.spans) for segmentation in found] == expected
    assert found[0] == Segmentation(TEXTS[0], tuple(expected[0]))
    assert "".join(found[0].pieces).replace(" ", "") == TEXTS[0].replace(" ", "")
    frame = found.to_pandas()
    assert list(frame.columns) == ["text", "start", "end", "span"]
    assert list(frame["span"][frame["text"] == 0]) == found[0].pieces


def test_metrics_and_spans_of_a_run(run: Run, finished: Path) -> None:
    assert run.metrics == json.loads((finished / "metrics.json").read_text(encoding="utf-8"))
    assert set(run.spans) == {"train", "validation"}
    assert run.spans["train"]["spans_per_sentence"] > 0


def test_a_run_is_evaluated_on_files_and_splits(run: Run, finished: Path, tmp_path: Path) -> None:
    file = tmp_path / "new.csv"
    file.write_text("text,label\nthe red fox ran,literal\nby and large,figurative\n", encoding="utf-8")
    assert set(run.evaluate(data=file)) == {"accuracy", "f1", "loss"}
    copy = Run(shutil.copytree(finished, tmp_path / "copy"))
    assert copy.evaluate() == copy.evaluate("validation") == evaluate_on_split(copy, "validation")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda run: run.predict("one text"), "texts: expected a list, got one text. write [text]"),
        (lambda run: run.predict(["a", 3]), "texts[1]: 'text' is not a string. the task demo needs a string in 'text'"),
        (lambda run: run.predict(["a"], pairs=["b", "c"]), "pairs: has 2 texts for 1. give one second text for each"),
        (lambda run: run.predict(["a"], pairs="b"), "pairs: expected a list. give one second text for each text"),
        (lambda run: run.segment(["a", None]), "texts[1]: is null. give a string"),
        (lambda run: run.evaluate(predictions="x"), "predictions: needs data. predictions of a split are written into"),
        (lambda run: run.evaluate("tset"), "demo has no split 'tset'. did you mean 'test'?"),
    ],
)
def test_wrong_arguments_are_rejected(run: Run, call: Callable[[Run], Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        call(run)
    assert message in str(caught.value)


def test_a_model_without_its_run(finished: Path, tmp_path: Path, run: Run) -> None:
    model = spanreg.load(shutil.copytree(finished / "model", tmp_path / "model"))
    assert model.predict(TEXTS) == run.predict(TEXTS)
    with pytest.raises(
        ConfigurationError, match="is a model without its run, so it has no metrics. name the run folder"
    ):
        _ = model.metrics
    assert "hierarchical_cnn" in model._repr_html_()


def test_train_returns_the_run(make_config: MakeConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = make_config({"max_steps": 1})
    trained = train(config, tmp_path / "run", progress=True)
    assert isinstance(trained, Run)
    assert "training: 100%" in capsys.readouterr().err
    status = (tmp_path / "run" / "status.json").read_bytes()
    loaded = train(config, tmp_path / "run", progress=False)
    assert loaded.metrics == trained.metrics
    assert (tmp_path / "run" / "status.json").read_bytes() == status, "a finished run is loaded, not repeated"
    assert capsys.readouterr().err == ""
    with pytest.raises(ConfigurationError, match=r"training\.epochs: is true, a boolean"):
        train(config, tmp_path / "other", overrides={"training.epochs": True})
    assert not (tmp_path / "other").exists()


def test_html_escapes_hostile_texts(
    run: Run, hostile_texts: list[str], has_expected_elements: Callable[[str], bool]
) -> None:
    assert "accuracy" in run._repr_html_()
    assert repr(run).startswith("Run('")
    for shown in (run.predict(hostile_texts), run.segment(hostile_texts), run.segment(hostile_texts)[0], run):
        html = shown._repr_html_()
        assert has_expected_elements(html)
        html.encode("utf-8")  # fails on half a surrogate pair
        assert "<mark" in html or shown is run
        assert "\x1b" not in html
