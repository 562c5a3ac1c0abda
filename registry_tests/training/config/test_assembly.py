"""What a config means once it is put together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spanreg.dictionaries import SpanDictionary
from spanreg.registry import ConfigurationError, Lazy, Params
from spanreg.segmenters import Segmenter
from spanreg.segmenters.max_match import MaxMatchSegmenter
from spanreg.segmenters.single import SingleWordSegmenter
from spanreg.training.config.assembly import build_segmenter
from spanreg.training.train import train


def phrases(folder: Path) -> SpanDictionary:
    """A dictionary of one phrase."""
    path = folder / "phrases.txt"
    path.write_text("on thin ice\n", encoding="utf-8")
    return SpanDictionary.from_params({"type": "file", "path": str(path)})


def test_without_a_segmenter_the_dictionary_decides(tmp_path: Path) -> None:
    assert isinstance(build_segmenter(None, None), SingleWordSegmenter)
    assert isinstance(build_segmenter(None, phrases(tmp_path)), MaxMatchSegmenter)


def test_the_longest_match_wants_a_dictionary() -> None:
    with pytest.raises(ConfigurationError) as caught:
        build_segmenter(Lazy(Segmenter, {"type": "max_match"}), None)
    assert str(caught.value) == (
        "dictionary: MaxMatchSegmenter needs 'dictionary' at run time, which was not passed. "
        "pass dictionary=..., or give it in the config"
    )


def test_a_class_without_training_examples_is_told(
    make_config: Callable[..., dict[str, Any]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = "\n".join(f'{{"text": "the fox {word}", "label": "{word}"}}' for word in ("ran", "saw") * 4)
    for split in ("train", "validation"):
        (tmp_path / f"{split}.jsonl").write_text(rows, encoding="utf-8")
    files = {split: str(tmp_path / f"{split}.jsonl") for split in ("train", "validation")}
    data = {"type": "jsonl", "files": files, "labels": ["ran", "saw", "slept"]}
    train(Params(make_config({"max_steps": 1}, data=data)), tmp_path / "run")
    assert (
        "no training example is labelled 'slept', which cannot be learned. Give some, or leave it out of the labels"
        in caplog.messages
    )


def test_a_dictionary_of_other_texts_is_told(
    make_config: Callable[..., dict[str, Any]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "list.txt").write_text("nowhere to be\nfound here\n", encoding="utf-8")
    dictionary = {"type": "file", "path": str(tmp_path / "list.txt")}
    train(Params(make_config({"max_steps": 1}, dictionary=dictionary)), tmp_path / "run")
    said = "none of the dictionary's 2 n-grams stands in the training texts: give one of texts that are like them"
    assert said in caplog.messages
    caplog.clear()
    train(Params(make_config({"max_steps": 1}, dictionary="empty")), tmp_path / "empty")
    assert "none of the dictionary's" not in caplog.text


def test_ngrams_of_the_texts_that_the_segmenter_passes_over_are_not_called_absent(
    make_config: Callable[..., dict[str, Any]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "list.txt").write_text("a clean slate\nan open mind\nnowhere to be\n", encoding="utf-8")
    dictionary = {"type": "file", "path": str(tmp_path / "list.txt")}
    config = make_config({"max_steps": 1}, data="demo", dictionary=dictionary, segmenter="single")
    with caplog.at_level("INFO"):
        train(Params(config), tmp_path / "run")
    assert "stands in the training texts" not in caplog.text
    assert "none of the segmenter's spans is one of the dictionary's 3 n-grams" in caplog.messages
