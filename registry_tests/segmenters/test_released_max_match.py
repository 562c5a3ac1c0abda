"""The longest match of the released code: equality with its loop, missed phrases, and word rules."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spanreg.dictionaries.base import SpanDictionary
from spanreg.dictionaries.empty import EmptyDictionary
from spanreg.dictionaries.file import FileDictionary
from spanreg.dictionaries.tables.artefact import dictionary_table, table_fingerprint
from spanreg.registry import ConfigurationError
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.max_match import MaxMatchSegmenter
from spanreg.segmenters.released_max_match import ReleasedMaxMatchSegmenter, lower_letters
from spanreg.segmenters.spans.offsets import segment_texts
from spanreg.text.unicode.words import find_words
from spanreg.words import WordRule
from spanreg.words.unicode_words import UnicodeWords
from spanreg.words.white_space_words import WhiteSpaceWords

WORDS = st.sampled_from(["a", "b", "A", "b,", "É", "İ", "ΣΑΣ", "ẞ"])
TEXTS = st.lists(st.lists(WORDS, max_size=14).map(" ".join), max_size=5)
PHRASES = st.sets(st.lists(WORDS, min_size=2, max_size=7).map(" ".join), max_size=12)


class PhraseDictionary(SpanDictionary):
    """Dictionary of phrases with the word rule ``whitespace``."""

    def __init__(self, phrases: list[str], lowercase: bool = True, rule: WordRule | None = None) -> None:
        self.phrases = phrases
        self.lowercase = lowercase
        self.rule = rule or WhiteSpaceWords()

    def table(self):
        n = np.array([phrase.count(" ") + 1 for phrase in self.phrases], np.int32)
        origin = {"type": "test"}
        counts = np.ones(n.size, np.int64)
        return dictionary_table(self.phrases, n, counts, lowercase=self.lowercase, origin=origin, rule=self.rule)

    def fingerprint(self) -> str:
        return table_fingerprint(self.table())


def starts_by_text(segmenter: Segmenter, texts: list[str]) -> list[list[int]]:
    """Return the positions of the words that begin spans, for each text."""
    words = segmenter.word_rule.words_of(texts)
    parts = np.split(segmenter.begins(words), words.bounds[1:-1])
    return [np.flatnonzero(part).tolist() for part in parts] if texts else []


def slow_starts(words: list[str], phrases: set[str], max_n: int) -> list[int]:
    """Return the positions of the words that begin spans, by the documented loop; all is in lower case."""
    size, window, i = len(words), max_n, 0
    begins = []
    while i < size:
        begins.append(i)
        if i + window > size:
            window = size - 1 - i
        for n in range(window, 1, -1):
            if " ".join(words[i : i + n]) in phrases:
                i += n
                break
        else:
            i += 1
    return begins


@given(TEXTS, PHRASES, st.integers(2, 6), st.booleans())
@example(["a b a b a"], {"a b", "a b a b a"}, 5, True)
@settings(max_examples=150)
def test_equals_the_released_loop(texts: list[str], phrases: set[str], max_n: int, lowercase: bool) -> None:
    segmenter = ReleasedMaxMatchSegmenter(PhraseDictionary(sorted(phrases), lowercase), max_n)
    lower = {phrase.lower() for phrase in phrases}
    assert starts_by_text(segmenter, texts) == [slow_starts(text.lower().split(), lower, max_n) for text in texts]


@given(TEXTS, PHRASES, st.integers(2, 6))
@settings(max_examples=100)
def test_equals_the_released_loop_on_words_of_another_rule(texts: list[str], phrases: set[str], max_n: int) -> None:
    rule = UnicodeWords()
    known = [" ".join(rule.words_of([phrase]).of(0)) for phrase in phrases]
    dictionary = PhraseDictionary(sorted({phrase for phrase in known if " " in phrase}), rule=rule)
    segmenter = Segmenter.from_params(
        {"type": "released_max_match", "max_n": max_n, "words": "unicode"}, dictionary=dictionary
    )
    words = segmenter.word_rule.words_of(texts)
    lower = {lower_letters(phrase) for phrase in dictionary.phrases}
    expected = [slow_starts([lower_letters(word) for word in words.of(i)], lower, max_n) for i in range(len(texts))]
    assert starts_by_text(segmenter, texts) == expected


def segmented(text: str, *phrases: str) -> list[str]:
    """Return the texts of the spans."""
    [spans] = segment_texts(ReleasedMaxMatchSegmenter(PhraseDictionary(list(phrases))), [text])
    return [text[span.start : span.end] for span in spans]


def test_ngrams_at_the_end_are_missed() -> None:
    assert segmented("New York", "new york") == ["New", "York"]
    assert segmented("they sold it New York", "new york") == ["they", "sold", "it", "New", "York"]
    assert segmented("they sold it new york then", "new york") == ["they", "sold", "it", "new york", "then"]
    assert segmented("in new york they sold it all", "new york") == ["in", "new york", "they", "sold", "it", "all"]
    # White space alone separates words: "bucket," is not the "bucket" of the phrase.
    words = ["kick", "the", "bucket,", "and", "go", "on", "then"]
    assert segmented("kick the bucket, and go on then", "kick the bucket") == words


def test_builds_from_a_config_with_an_own_or_the_common_dictionary(tmp_path: Path) -> None:
    (tmp_path / "phrases.txt").write_text("so it goes\n", encoding="utf-8")
    dictionary = {"type": "file", "path": str(tmp_path / "phrases.txt"), "words": "whitespace"}
    with_own_dictionary = Segmenter.from_params({"type": "released_max_match", "dictionary": dictionary, "max_n": 3})
    common_dictionary = SpanDictionary.from_params(dictionary)
    with_common_dictionary = Segmenter.from_params("released_max_match", dictionary=common_dictionary)
    text = "And so it goes , again and again"
    assert segment_texts(with_own_dictionary, [text]) == segment_texts(with_common_dictionary, [text])
    assert len(segment_texts(with_own_dictionary, [text])[0]) == 6
    assert with_own_dictionary.fingerprint() != with_common_dictionary.fingerprint()


def test_another_word_rule_is_refused(tmp_path: Path) -> None:
    (tmp_path / "phrases.txt").write_text("a b\n", encoding="utf-8")
    segmenter = ReleasedMaxMatchSegmenter(FileDictionary(str(tmp_path / "phrases.txt")))
    with pytest.raises(ConfigurationError) as caught:
        segment_texts(segmenter, ["a b"])
    assert str(caught.value) == (
        "words: the segmenter has the word rule 'whitespace', and the dictionary 'unicode'. "
        "use a dictionary with the word rule 'whitespace', or a segmenter with 'unicode'"
    )
    with pytest.raises(ConfigurationError, match="the words have the rule 'words-1', and the segmenter 'whitespace-1'"):
        ReleasedMaxMatchSegmenter(PhraseDictionary(["a b"])).begins(find_words(["a b"]))
    with pytest.raises(ConfigurationError, match="the words have the rule 'words-1', and the dictionary"):
        MaxMatchSegmenter(PhraseDictionary(["a b"])).begins(find_words(["a b"]))


def test_an_empty_dictionary_fits_every_word_rule() -> None:
    spans_by_text = segment_texts(ReleasedMaxMatchSegmenter(EmptyDictionary()), ["a b, c", ""])
    assert [len(spans) for spans in spans_by_text] == [3, 0]
