"""Words that Unicode spells in several ways are looked up by one spelling."""

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


def segmenter(path: Path, phrases: str = PHRASES, **options: object) -> Segmenter:
    (path / "p.txt").write_text(phrases, encoding="utf-8")
    dictionary = SpanDictionary.from_params({"type": "file", "path": str(path / "p.txt"), **options})
    made: Segmenter = Segmenter.from_params({"type": "max_match"}, dictionary=dictionary)
    return made


def spans(made: Segmenter, text: str) -> list[str]:
    return [text[span.start : span.end] for span in segment_texts(made, [text])[0]]


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
def test_a_phrase_is_found_however_it_is_spelt(tmp_path: Path, text: str) -> None:
    phrases = PHRASES if "ngstrom" not in text else "Ångstrom unit\n"
    text = text if "ngstrom" not in text else f"{text} unit"
    assert spans(segmenter(tmp_path, phrases), text) == [text]
    assert spans(segmenter(tmp_path, unicodedata.normalize("NFD", phrases)), text) == [text]


def test_what_is_another_word_stays_one(tmp_path: Path) -> None:
    assert spans(segmenter(tmp_path), "cafe au lait") == ["cafe", "au", "lait"]
    assert spans(segmenter(tmp_path), "ｎｅｗ york") == ["ｎｅｗ", "york"]
    exact = segmenter(tmp_path, words="whitespace")
    assert spans(exact, "don't mention it") == ["don't mention it"]
    assert spans(exact, "don\u2019t mention it") == ["don\u2019t", "mention", "it"]


def test_two_spellings_of_one_phrase_in_a_list(tmp_path: Path) -> None:
    made = segmenter(tmp_path, "café noir\ncafe\u0301 noir\n")
    assert made._dictionary.table()["ngram"].to_pylist() == ["café noir"]  # type: ignore[attr-defined]
    (tmp_path / "p.tsv").write_text("café noir\t1\ncafe\u0301 noir\t2\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="has count 1 in line 1 and count 2 in line 2"):
        SpanDictionary.from_params({"type": "file", "path": str(tmp_path / "p.tsv")}).table()


def test_the_more_frequent_of_two_spellings_gives_the_score(tmp_path: Path) -> None:
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


def test_spans_are_covered_in_whatever_spelling() -> None:
    words = find_words(["I don\u2019t  know", "don't know"])
    begins = pa.array([True, True, False, True, False]).to_numpy(zero_copy_only=False)
    assert _phrases(words, begins, words_per_span(begins), True) == [b"don't know", b"don't know"]


@given(st.text("aéÉe\u0301\u0323'\u2019-\u2011\u00ad ñKÅ\u212b\u1100\u1161가\ud800", max_size=12), st.booleans())
@settings(max_examples=300)
def test_equals_a_slow_loop(text: str, lowercase: bool) -> None:
    words = find_words(["x", text])
    assert words.spelt(lowercase) == [spelling_of(form, lowercase) for form in words.forms(lowercase)]
    same = find_words([unicodedata.normalize("NFD", text)])
    if "\ud800" not in text and "\u00ad" not in text:
        assert same.spelt(lowercase) == find_words([unicodedata.normalize("NFC", text)]).spelt(lowercase)


def test_only_characters_that_vary_are_looked_at() -> None:
    assert not any(may_vary_in_spelling(ord(one)) for one in "aéßñ語аאあ-'\U0001f642")
    assert all(may_vary_in_spelling(ord(one)) for one in "\u0301\u2019\u2011\u00ad\u212b\u1161\u09be")


def test_rules_say_whether_spellings_are_one() -> None:
    rules = {name: WordRule.by_name(name)().one_spelling for name in ("unicode", "whitespace")}
    assert rules == {"unicode": True, "whitespace": False}
