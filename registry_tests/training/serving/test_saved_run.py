"""A finished run is loaded from its folder alone."""

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


def test_it_loads_when_corpus_cache_and_place_are_gone(
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


def test_it_loads_when_the_encoders_first_home_is_gone(make_config: MakeConfig, tmp_path: Path) -> None:
    home = tmp_path / "encoder"
    tiny = TinyEncoder(TEXTS, dim=16, layers=1).load()
    tiny.backbone.save_pretrained(home)
    tiny.tokenizer.save_pretrained(home)
    train(Params(make_config({"max_steps": 1}, encoder={"type": "pretrained", "model": str(home)})), tmp_path / "run")
    before = SavedRun(tmp_path / "run").score(TEXTS)
    shutil.rmtree(home)
    np.testing.assert_array_equal(SavedRun(tmp_path / "run").score(TEXTS).logits, before.logits)


def test_a_dictionary_of_the_segmenters_own_is_kept(make_config: MakeConfig, corpus: Path, tmp_path: Path) -> None:
    own = {"type": "ngram", "corpus": str(corpus), "max_n": 2}
    config = make_config({"max_steps": 1}, segmenter={"type": "max_match", "dictionary": own})
    train(Params(config), tmp_path / "run")
    shutil.move(tmp_path / "run", tmp_path / "elsewhere")
    run = SavedRun(tmp_path / "elsewhere")
    saved = {"type": "file", "path": "dictionaries/0.parquet"}
    assert run.settings.segmenter == {"type": "max_match", "dictionary": saved}
    (spans,) = segment_texts(run.segmenter, ["a brown bear slept"])
    assert [(span.start, span.end) for span in spans] == [(0, 7), (8, 18)]


def test_a_run_of_another_format_is_refused(
    finished: Path, tmp_path: Path, as_earlier_version: Callable[[Path], None]
) -> None:
    shutil.copytree(finished, tmp_path / "run")
    as_earlier_version(tmp_path / "run")
    settings = tmp_path / "run" / "inference.json"
    settings.write_text(json.dumps({**json.loads(settings.read_text()), "format": 99}))
    with pytest.raises(ConfigurationError, match="was written in format 99, this version reads 1"):
        SavedRun(tmp_path / "run")


@pytest.mark.parametrize("name", ["inference.json", "model/model.safetensors", "model/config.json"])
def test_a_damaged_folder_is_named(finished: Path, tmp_path: Path, name: str) -> None:
    shutil.copytree(finished, tmp_path / "run")
    (tmp_path / "run" / name).unlink()
    with pytest.raises(ConfigurationError, match="is damaged"):
        SavedRun(tmp_path / "run")


def test_a_foreign_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is not a run folder"):
        SavedRun(tmp_path)


@pytest.mark.parametrize("flags", [["--include-package", "mine"], ["--include-package=mine"]])
def test_a_component_that_is_not_included_now_was_included_then(
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
    ("file", "change", "fault"),
    [
        (
            "inference.json",
            {"precision": {"a": 1}},
            "inference.json is damaged: 'precision' is an object, where one of",
        ),
        ("inference.json", {"max_tokens": "9"}, "inference.json is damaged: 'max_tokens' is \"9\", a string, where an"),
        ("inference.json", {"unknown": 1}, "inference.json is damaged: 'unknown' is unknown"),
        ("model/config.json", {"output_hidden_states": "x"}, "model cannot be loaded"),
        ("model/tokenizer_config.json", {"unk_token": ""}, "model cannot be loaded"),
    ],
)
def test_settings_that_no_run_has_are_one_message(
    finished: Path, tmp_path: Path, file: str, change: dict[str, Any], fault: str
) -> None:
    run = shutil.copytree(finished, tmp_path / "run")
    for manifest in run.rglob("manifest.json"):
        manifest.unlink()
    (run / "status.json").write_text('{"state": "finished"}')
    content = json.loads((run / file).read_text())
    content.get("backbone", content).update(change)
    (run / file).write_text(json.dumps(content))
    with pytest.raises(ConfigurationError, match=fault):
        SavedRun(run)
