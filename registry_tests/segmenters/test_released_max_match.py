"""The released longest match builds from a config, equals the published loop, and rejects other word rules."""

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


class Phrases(SpanDictionary):
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


def slow(text: str, phrases: set[str], max_n: int) -> list[int]:
    """Return True for each word that begins a span, by the documented loop; ``phrases`` are in lower case."""
    return slow_begins(text.lower().split(), phrases, max_n)


def slow_begins(words: list[str], phrases: set[str], max_n: int) -> list[int]:
    """Return True for each word of a text that begins a span, by the documented loop."""
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
def test_equals_the_loop(texts: list[str], phrases: set[str], max_n: int, lowercase: bool) -> None:
    segmenter = ReleasedMaxMatchSegmenter(Phrases(sorted(phrases), lowercase), max_n)
    words = segmenter.word_rule.words_of(texts)
    begins = segmenter.begins(words)
    found = [np.flatnonzero(part).tolist() for part in np.split(begins, words.bounds[1:-1])] if texts else []
    assert found == [slow(text, {phrase.lower() for phrase in phrases}, max_n) for text in texts]


@given(TEXTS, PHRASES, st.integers(2, 6))
@settings(max_examples=100)
def test_equals_the_loop_on_words_of_another_rule(texts: list[str], phrases: set[str], max_n: int) -> None:
    rule = UnicodeWords()
    known = [" ".join(rule.words_of([phrase]).of(0)) for phrase in phrases]
    dictionary = Phrases(sorted({one for one in known if " " in one}), rule=rule)
    segmenter = Segmenter.from_params(
        {"type": "released_max_match", "max_n": max_n, "words": "unicode"}, dictionary=dictionary
    )
    words = segmenter.word_rule.words_of(texts)
    begins = segmenter.begins(words)
    found = [np.flatnonzero(part).tolist() for part in np.split(begins, words.bounds[1:-1])] if texts else []
    lower = {lower_letters(phrase) for phrase in dictionary.phrases}
    assert found == [
        slow_begins([lower_letters(word) for word in words.of(i)], lower, max_n) for i in range(len(texts))
    ]


def cut(text: str, *phrases: str) -> list[str]:
    [spans] = segment_texts(ReleasedMaxMatchSegmenter(Phrases(list(phrases))), [text])
    return [text[span.start : span.end] for span in spans]


def test_ngrams_at_the_end_are_missed() -> None:
    assert cut("New York", "new york") == ["New", "York"]
    assert cut("they sold it New York", "new york") == ["they", "sold", "it", "New", "York"]
    assert cut("they sold it new york then", "new york") == ["they", "sold", "it", "new york", "then"]
    assert cut("in new york they sold it all", "new york") == ["in", "new york", "they", "sold", "it", "all"]
    assert cut("kick the bucket, and go on then", "kick the bucket") == [
        "kick",
        "the",
        "bucket,",
        "and",
        "go",
        "on",
        "then",
    ]


def test_builds_from_a_config_and_takes_the_dictionary_handed_down(tmp_path: Path) -> None:
    (tmp_path / "phrases.txt").write_text("so it goes\n", encoding="utf-8")
    dictionary = {"type": "file", "path": str(tmp_path / "phrases.txt"), "words": "whitespace"}
    own = Segmenter.from_params({"type": "released_max_match", "dictionary": dictionary, "max_n": 3})
    handed = Segmenter.from_params("released_max_match", dictionary=SpanDictionary.from_params(dictionary))
    text = "And so it goes , again and again"
    assert segment_texts(own, [text]) == segment_texts(handed, [text])
    assert len(segment_texts(own, [text])[0]) == 6
    assert own.fingerprint() != handed.fingerprint()


def test_other_words_are_refused(tmp_path: Path) -> None:
    (tmp_path / "phrases.txt").write_text("a b\n", encoding="utf-8")
    segmenter = ReleasedMaxMatchSegmenter(FileDictionary(str(tmp_path / "phrases.txt")))
    with pytest.raises(ConfigurationError) as caught:
        segment_texts(segmenter, ["a b"])
    assert str(caught.value) == (
        "words: the segmenter has the word rule 'whitespace', and the dictionary 'unicode'. "
        "use a dictionary with the word rule 'whitespace', or a segmenter with 'unicode'"
    )
    with pytest.raises(ConfigurationError, match="the words have the rule 'words-1', and the segmenter 'whitespace-1'"):
        ReleasedMaxMatchSegmenter(Phrases(["a b"])).begins(find_words(["a b"]))
    with pytest.raises(ConfigurationError, match="the words have the rule 'words-1', and the dictionary"):
        MaxMatchSegmenter(Phrases(["a b"])).begins(find_words(["a b"]))


def test_the_empty_dictionary_goes_with_it() -> None:
    assert [len(spans) for spans in segment_texts(ReleasedMaxMatchSegmenter(EmptyDictionary()), ["a b, c", ""])] == [
        3,
        0,
    ]
