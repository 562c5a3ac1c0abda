"""Words with several Unicode spellings, which dictionaries look up by one spelling."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanreg.dictionaries import SpanDictionary
from spanreg.dictionaries.base import spelt_ngrams
from spanreg.preparation.statistics import _phrases, words_per_span
from spanreg.registry import ConfigurationError
from spanreg.segmenters import Segmenter
from spanreg.segmenters.spans.offsets import segment_texts
from spanreg.text.unicode.spellings import may_vary_in_spelling, spelling_of
from spanreg.text.unicode.words import find_words
from spanreg.words import WordRule

PHRASES = "café au lait\ndon't mention it\nstate-of-the-art\nnew york\nRÉSUMÉ writing\nか\u3099 の\n각 하\n"


def make_segmenter(path: Path, phrases: str = PHRASES, **options: object) -> Segmenter:
    """Return a max-match segmenter with a dictionary of these phrases."""
    (path / "p.txt").write_text(phrases, encoding="utf-8")
    dictionary = SpanDictionary.from_params({"type": "file", "path": str(path / "p.txt"), **options})
    segmenter: Segmenter = Segmenter.from_params({"type": "max_match"}, dictionary=dictionary)
    return segmenter


def span_texts(segmenter: Segmenter, text: str) -> list[str]:
    """Return the texts of the spans of a text."""
    return [text[span.start : span.end] for span in segment_texts(segmenter, [text])[0]]


@pytest.mark.parametrize(
    "text",
    [
        "café au lait",
        "cafe\u0301 au lait",
        "CAFE\u0301 AU LAIT",
        "don\u2019t mention it",
        "don\u02bct mention it",
        "state\u2011of\u2010the-art",
        "new\u00a0york",
        "new\u2009york",
        "ne\u00adw york",
        "re\u0301sume\u0301 writing",
        "\u304c の",
        unicodedata.normalize("NFD", "각 하"),
        "\u212bngstrom",
    ],
)
def test_a_phrase_is_found_in_every_spelling(tmp_path: Path, text: str) -> None:
    phrases = PHRASES if "ngstrom" not in text else "Ångstrom unit\n"
    text = text if "ngstrom" not in text else f"{text} unit"
    assert span_texts(make_segmenter(tmp_path, phrases), text) == [text]
    assert span_texts(make_segmenter(tmp_path, unicodedata.normalize("NFD", phrases)), text) == [text]


def test_different_words_are_not_matched(tmp_path: Path) -> None:
    assert span_texts(make_segmenter(tmp_path), "cafe au lait") == ["cafe", "au", "lait"]
    assert span_texts(make_segmenter(tmp_path), "ｎｅｗ york") == ["ｎｅｗ", "york"]
    exact = make_segmenter(tmp_path, words="whitespace")
    assert span_texts(exact, "don't mention it") == ["don't mention it"]
    assert span_texts(exact, "don\u2019t mention it") == ["don\u2019t", "mention", "it"]


def test_two_spellings_in_a_list_are_one_phrase(tmp_path: Path) -> None:
    segmenter = make_segmenter(tmp_path, "café noir\ncafe\u0301 noir\n")
    assert segmenter._dictionary.table()["ngram"].to_pylist() == ["café noir"]  # type: ignore[attr-defined]
    (tmp_path / "p.tsv").write_text("café noir\t1\ncafe\u0301 noir\t2\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="has count 1 in line 1 and count 2 in line 2"):
        SpanDictionary.from_params({"type": "file", "path": str(tmp_path / "p.tsv")}).table()


def test_the_more_frequent_spelling_is_matched(tmp_path: Path) -> None:
    text = "don't know .\n" * 3 + "don\u2019t know .\n" * 2
    (tmp_path / "corpus.txt").write_text(text, encoding="utf-8")
    dictionary = SpanDictionary.from_params(
        {"type": "ngram", "corpus": str(tmp_path / "corpus.txt"), "min_count": 1, "max_n": 2}
    )
    table = dictionary.table()
    assert dict(zip(table["ngram"].to_pylist(), table["count"].to_pylist(), strict=True)) == {
        "don't know": 3,
        "don\u2019t know": 2,
    }
    assert spelt_ngrams(table).to_pylist() == ["don't know"] * 2
    from spanreg.segmenters.spans.matcher import NgramMatcher

    for text in ("don't know", "don\u2019t know"):
        (found,) = NgramMatcher(table).matches(find_words([text]))
        assert found.entries.tolist() == [0]


def test_phrases_of_spans_have_one_spelling() -> None:
    words = find_words(["I don\u2019t  know", "don't know"])
    begins = pa.array([True, True, False, True, False]).to_numpy(zero_copy_only=False)
    assert _phrases(words, begins, words_per_span(begins), True) == [b"don't know", b"don't know"]


@given(st.text("aéÉe\u0301\u0323'\u2019-\u2011\u00ad ñKÅ\u212b\u1100\u1161가\ud800", max_size=12), st.booleans())
@settings(max_examples=300)
def test_equals_a_slow_loop(text: str, lowercase: bool) -> None:
    words = find_words(["x", text])
    assert words.spelt(lowercase) == [spelling_of(form, lowercase) for form in words.forms(lowercase)]
    normalized = find_words([unicodedata.normalize("NFD", text)])
    if "\ud800" not in text and "\u00ad" not in text:
        assert normalized.spelt(lowercase) == find_words([unicodedata.normalize("NFC", text)]).spelt(lowercase)


def test_only_some_characters_may_vary_in_spelling() -> None:
    assert not any(may_vary_in_spelling(ord(one)) for one in "aéßñ語аאあ-'\U0001f642")
    assert all(may_vary_in_spelling(ord(one)) for one in "\u0301\u2019\u2011\u00ad\u212b\u1161\u09be")


def test_word_rules_declare_whether_spellings_are_unified() -> None:
    rules = {name: WordRule.by_name(name)().one_spelling for name in ("unicode", "whitespace")}
    assert rules == {"unicode": True, "whitespace": False}
