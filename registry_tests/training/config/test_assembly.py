"""Assembly of an experiment from its config: segmenter, model, metrics, and warnings about the data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spanreg.aggregators import Aggregator
from spanreg.dictionaries import SpanDictionary
from spanreg.encoders import Encoder
from spanreg.encoders.tiny import TinyEncoder
from spanreg.fusions import Fusion
from spanreg.heads import Head
from spanreg.model import SpanModel
from spanreg.registry import ConfigurationError, Lazy, Params, Plan, plan_params
from spanreg.segmenters import Segmenter
from spanreg.segmenters.max_match import MaxMatchSegmenter
from spanreg.segmenters.single import SingleWordSegmenter
from spanreg.training.config import assembly
from spanreg.training.config.assembly import assemble, build_segmenter
from spanreg.training.config.experiment import Experiment
from spanreg.training.config.experiment_plan import plan_experiment
from spanreg.training.train import train


def phrase_dictionary(folder: Path) -> SpanDictionary:
    """Return a dictionary of one phrase."""
    path = folder / "phrases.txt"
    path.write_text("on thin ice\n", encoding="utf-8")
    return SpanDictionary.from_params({"type": "file", "path": str(path)})


def test_the_default_segmenter_depends_on_the_dictionary(tmp_path: Path) -> None:
    assert isinstance(build_segmenter(None, None), SingleWordSegmenter)
    assert isinstance(build_segmenter(None, phrase_dictionary(tmp_path)), MaxMatchSegmenter)


def test_max_match_without_a_dictionary_is_an_error() -> None:
    with pytest.raises(ConfigurationError) as caught:
        build_segmenter(Lazy(Segmenter, {"type": "max_match"}), None)
    assert str(caught.value) == (
        "dictionary: MaxMatchSegmenter needs 'dictionary' at run time, which was not passed. "
        "pass dictionary=..., or give it in the config"
    )


def test_assembling_does_not_plan_components_again(
    make_config: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = {"fusion": {"type": "concat"}, "head": {"type": "classification", "label_smoothing": 0.1}}
    plan = plan_experiment(Params(make_config(dictionary=None, segmenter="single", **parts)))
    assert plan_experiment(plan) is plan
    experiment = plan.construct()
    planned_classes: list[type] = []

    def recording_plan_params(cls: type, *args: Any, **kwargs: Any) -> Plan:
        planned_classes.append(cls)
        return plan_params(cls, *args, **kwargs)

    monkeypatch.setattr("spanreg.registry.from_params.plan_params", recording_plan_params)
    model = assemble(experiment).model
    assert not {Encoder, Segmenter, Aggregator, Fusion, Head}.intersection(planned_classes)
    assert model.head.label_smoothing == 0.1
    assert model.config.components == {
        **{key: plan.params.as_dict()[key] for key in ("encoder", "aggregator")},
        **parts,
    }


def test_an_empty_head_is_the_default_head_of_the_task(make_config: Callable[..., dict[str, Any]]) -> None:
    encoder = TinyEncoder(dim=8, layers=1).load()
    components = plan_experiment(Params(make_config(encoder="tiny", head={}))).construct().components
    model = SpanModel.assemble(encoder, components, labels=())  # no labels: a regression
    assert type(model.head).__name__ == "RegressionHead"
    assert model.config.components["encoder"] == "tiny", "a name alone stays a name"


def test_a_label_without_training_examples_is_reported(
    make_config: Callable[..., dict[str, Any]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = "\n".join(f'{{"text": "the fox {word}", "label": "{word}"}}' for word in ("ran", "saw") * 4)
    for split in ("train", "validation"):
        (tmp_path / f"{split}.jsonl").write_text(rows, encoding="utf-8")
    files = {split: str(tmp_path / f"{split}.jsonl") for split in ("train", "validation")}
    data = {"type": "jsonl", "files": files, "labels": ["ran", "saw", "slept"]}
    train(Params(make_config({"max_steps": 1}, data=data)), tmp_path / "run")
    assert (
        "no training example has the label 'slept', which cannot be learned; add some, or remove the label"
        in caplog.messages
    )


def test_a_dictionary_without_matches_in_the_training_texts_is_reported(
    make_config: Callable[..., dict[str, Any]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "list.txt").write_text("nowhere to be\nfound here\n", encoding="utf-8")
    dictionary = {"type": "file", "path": str(tmp_path / "list.txt")}
    train(Params(make_config({"max_steps": 1}, dictionary=dictionary)), tmp_path / "run")
    warning = "none of the dictionary's 2 n-grams occurs in the training texts; use a dictionary of similar texts"
    assert warning in caplog.messages
    caplog.clear()
    train(Params(make_config({"max_steps": 1}, dictionary="empty")), tmp_path / "empty")
    assert "none of the dictionary's" not in caplog.text


def test_ngrams_that_the_segmenter_ignores_are_not_reported_as_absent(
    make_config: Callable[..., dict[str, Any]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "list.txt").write_text("a clean slate\nan open mind\nnowhere to be\n", encoding="utf-8")
    dictionary = {"type": "file", "path": str(tmp_path / "list.txt")}
    config = make_config({"max_steps": 1}, data="demo", dictionary=dictionary, segmenter="single")
    with caplog.at_level("INFO"):
        train(Params(config), tmp_path / "run")
    assert "occurs in the training texts" not in caplog.text
    assert "none of the segmenter's spans is one of the dictionary's 3 n-grams" in caplog.messages


def test_the_metric_of_the_training_is_added_to_the_task(make_config: Callable[..., dict[str, Any]]) -> None:
    config = make_config({"metric": {"type": "f1", "positive": "literal"}, "load": "best"})
    task = assembly.task_of(Experiment.from_params(Params(config)))
    assert task.metrics == ("accuracy", "f1", {"type": "f1", "positive": "literal"})
    config["training"]["metric"]["positive"] = "litteral"
    with pytest.raises(ConfigurationError, match="training.metric.positive: the task has no label 'litteral'. did you"):
        assembly.task_of(Experiment.from_params(Params(config)))
