"""The base class of dictionaries: sampling, loading, lookup, data frames, display in notebooks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import spanreg
from spanreg.dictionaries import SpanDictionary
from spanreg.dictionaries.tables.artefact import write_dictionary
from spanreg.registry import ConfigurationError


@pytest.fixture(scope="module")
def sampled(corpus: Path) -> SpanDictionary:
    """Return a dictionary that is sampled from the corpus of the tests."""
    return SpanDictionary.sample(corpus, max_n=3)


def test_lookup_normalizes_case_and_white_space(sampled: SpanDictionary) -> None:
    assert spanreg.SpanDictionary is SpanDictionary
    assert sampled.lookup("The Red  fox") == {"ngram": "the red fox", "n": 3, "count": 20}
    assert sampled.lookup("red bear") is None
    assert sampled.lookup("") is None
    assert sampled.lookup("half \ud83d") is None


def test_dictionaries_convert_to_data_frames(sampled: SpanDictionary, tmp_path: Path) -> None:
    frame = sampled.to_pandas()
    assert list(frame.columns) == ["ngram", "n", "count"]
    assert frame["count"].is_monotonic_decreasing
    write_dictionary(sampled.table(), tmp_path / "d.parquet")
    assert SpanDictionary.load(tmp_path / "d.parquet").to_pandas().equals(frame)


def test_lookup_in_a_loaded_list_respects_its_letter_case(tmp_path: Path) -> None:
    (tmp_path / "phrases.txt").write_text("by and large\n", encoding="utf-8")
    phrases = SpanDictionary.load(str(tmp_path / "phrases.txt"), lowercase=False)
    assert phrases.lookup("by and large") == {"ngram": "by and large", "n": 3, "count": 1}
    assert phrases.lookup("By and large") is None


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: SpanDictionary.load("missing.parquet"), "does not exist"),
        (lambda: SpanDictionary.sample("missing/*.txt"), "matches no file"),
        (lambda: SpanDictionary.sample("x.txt", max_m=3), "max_m: is not an argument of NgramDictionary. did you mean"),
        (lambda: SpanDictionary.sample("x.txt", max_n="3"), 'max_n: is "3", a string. give an integer'),
    ],
)
def test_wrong_files_and_arguments_are_refused(
    call: Callable[[], Any], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError) as caught:
        call()
    assert message in str(caught.value)


def test_a_notebook_shows_the_first_entries(sampled: SpanDictionary) -> None:
    html = sampled._repr_html_()
    assert "the red fox" in html
    assert "words: unicode; lower case: True" in html
    assert "dictionary of 0 n-grams" in SpanDictionary.from_params("empty")._repr_html_()
