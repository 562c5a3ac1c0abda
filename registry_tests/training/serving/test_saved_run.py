"""``SavedRun``: a finished run is loaded from its folder alone, and damage is reported."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spanreg.encoders.tiny import TinyEncoder
from spanreg.registry import ConfigurationError, Params, snapshot
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.single import SingleWordSegmenter
from spanreg.segmenters.spans.offsets import segment_texts
from spanreg.training.serving.predict import predict
from spanreg.training.serving.saved_run import SavedRun
from spanreg.training.train import RunRequest, train

MakeConfig = Callable[..., dict[str, Any]]
TEXTS = ["the red fox saw a brown bear", "he spilled the beans"]


def test_a_moved_run_loads_without_corpus_and_cache(
    make_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("a brown bear slept .\n" * 20)
    monkeypatch.setenv("SPANREG_CACHE", str(tmp_path / "cache"))
    config = make_config({"max_steps": 2}, dictionary={"type": "ngram", "corpus": str(corpus)})
    train(Params(config), tmp_path / "run")
    before = SavedRun(tmp_path / "run").score(TEXTS)
    corpus.unlink()
    shutil.rmtree(tmp_path / "cache")
    shutil.move(tmp_path / "run", tmp_path / "elsewhere")
    moved = SavedRun(tmp_path / "elsewhere")
    np.testing.assert_array_equal(moved.score(TEXTS).logits, before.logits)
    (answer, _) = predict(moved, [[json.dumps({"text": text}) for text in TEXTS]], "here")
    assert [answer["text"][start:end] for start, end in answer["spans"]] == ["the", "red", "fox", "saw", "a brown bear"]


def test_a_run_loads_without_the_folder_of_its_encoder(make_config: MakeConfig, tmp_path: Path) -> None:
    encoder_folder = tmp_path / "encoder"
    tiny = TinyEncoder(TEXTS, dim=16, layers=1).load()
    tiny.backbone.save_pretrained(encoder_folder)
    tiny.tokenizer.save_pretrained(encoder_folder)
    train(
        Params(make_config({"max_steps": 1}, encoder={"type": "pretrained", "model": str(encoder_folder)})),
        tmp_path / "run",
    )
    before = SavedRun(tmp_path / "run").score(TEXTS)
    shutil.rmtree(encoder_folder)
    np.testing.assert_array_equal(SavedRun(tmp_path / "run").score(TEXTS).logits, before.logits)


def test_a_dictionary_of_the_segmenter_is_in_the_run_folder(
    make_config: MakeConfig, corpus: Path, tmp_path: Path
) -> None:
    dictionary = {"type": "ngram", "corpus": str(corpus), "max_n": 2}
    config = make_config({"max_steps": 1}, segmenter={"type": "max_match", "dictionary": dictionary})
    train(Params(config), tmp_path / "run")
    shutil.move(tmp_path / "run", tmp_path / "elsewhere")
    run = SavedRun(tmp_path / "elsewhere")
    saved = {"type": "file", "path": "dictionaries/0.parquet"}
    assert run.settings.segmenter == {"type": "max_match", "dictionary": saved}
    (spans,) = segment_texts(run.segmenter, ["a brown bear slept"])
    assert [(span.start, span.end) for span in spans] == [(0, 7), (8, 18)]


def test_a_run_of_another_format_is_rejected(
    finished: Path, tmp_path: Path, as_earlier_version: Callable[[Path], None]
) -> None:
    shutil.copytree(finished, tmp_path / "run")
    as_earlier_version(tmp_path / "run")
    settings = tmp_path / "run" / "inference.json"
    settings.write_text(json.dumps({**json.loads(settings.read_text()), "format": 99}))
    with pytest.raises(ConfigurationError, match="was written in format 99, this version reads 1"):
        SavedRun(tmp_path / "run")


@pytest.mark.parametrize("name", ["inference.json", "model/model.safetensors", "model/config.json"])
def test_a_missing_file_is_reported(finished: Path, tmp_path: Path, name: str) -> None:
    shutil.copytree(finished, tmp_path / "run")
    (tmp_path / "run" / name).unlink()
    with pytest.raises(ConfigurationError, match="is damaged"):
        SavedRun(tmp_path / "run")


def test_a_folder_that_is_not_a_run_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is not a run folder"):
        SavedRun(tmp_path)


@pytest.mark.parametrize("flags", [["--include-package", "mine"], ["--include-package=mine"]])
def test_a_missing_component_is_reported_with_the_recorded_include_package(
    make_config: MakeConfig, tmp_path: Path, flags: list[str]
) -> None:
    with snapshot():
        Segmenter.register("by_a_plugin")(type("ByAPlugin", (SingleWordSegmenter,), {}))
        config = make_config({"max_steps": 1}, segmenter="by_a_plugin")
        train(Params(config), tmp_path / "run", request=RunRequest(command=["train", "mine.jsonnet", *flags]))
        SavedRun(tmp_path / "run")
    with pytest.raises(ConfigurationError) as caught:
        SavedRun(tmp_path / "run")
    text = str(caught.value)
    assert text.startswith(f"{tmp_path / 'run'} segmenter.type: 'by_a_plugin' is not registered for Segmenter")
    assert text.endswith("; the run was made with mine: if you trust it, add --include-package mine")


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        (
            "inference.json",
            {"precision": {"a": 1}},
            "inference.json is damaged: 'precision' is an object, where one of",
        ),
        ("inference.json", {"max_tokens": "9"}, "inference.json is damaged: 'max_tokens' is \"9\", a string, where an"),
        ("inference.json", {"unknown": 1}, "inference.json is damaged: 'unknown' is unknown"),
        # Versions of transformers check this field at different times.
        ("model/config.json", {"output_hidden_states": "x"}, "model cannot be loaded|does not fit its kind"),
        ("model/tokenizer_config.json", {"unk_token": ""}, "model cannot be loaded"),
    ],
)
def test_invalid_settings_are_reported_as_damaged_files(
    finished: Path, tmp_path: Path, file: str, change: dict[str, Any], message: str
) -> None:
    run = shutil.copytree(finished, tmp_path / "run")
    for manifest in run.rglob("manifest.json"):
        manifest.unlink()
    (run / "status.json").write_text('{"state": "finished"}')
    content = json.loads((run / file).read_text())
    content.get("backbone", content).update(change)  # a model config has its settings in `backbone`
    (run / file).write_text(json.dumps(content))
    with pytest.raises(ConfigurationError, match=message):
        SavedRun(run)
