"""Maximum matching: equality with slow loops in each direction, the choice between them, and word rules."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanreg.dictionaries.base import SpanDictionary, about_dictionary, sealed_metadata
from spanreg.dictionaries.tables.artefact import dictionary_table
from spanreg.registry import ConfigurationError
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.max_match import MatchDirection, MaxMatchSegmenter, better_begins, forward_begins
from spanreg.text.unicode.words import find_words

# A vocabulary stores words in parts of eight bytes: the two longest words differ in the last part alone.
WORD = st.sampled_from(["a", "b", "c", "A", ",", "漢", "don't", "interdisciplinarity", "interdisciplinary"])
PHRASES = st.sets(st.lists(WORD, min_size=2, max_size=6).map(tuple), max_size=12)
TEXTS = st.lists(st.lists(WORD, max_size=15).map(" ".join), max_size=5)


class PhraseDictionary(SpanDictionary):
    """Dictionary of given phrases."""

    def __init__(self, phrases: list[str], lowercase: bool = True) -> None:
        n = np.array([len(phrase.split()) for phrase in phrases], dtype=np.int32)
        self._table = dictionary_table(phrases, n, np.ones_like(n, dtype=np.int64), lowercase=lowercase, origin={})

    def table(self):
        return self._table

    def fingerprint(self) -> str:
        return "phrases"


def slow_forward(words: list[str], phrases: set[tuple[str, ...]]) -> list[bool]:
    """Return True for each word that begins a span, from the first word to the last."""
    begins = [False] * len(words)
    i = 0
    while i < len(words):
        begins[i] = True
        lengths = [n for n in range(len(words) - i, 1, -1) if tuple(words[i : i + n]) in phrases]
        i += max(lengths, default=1)
    return begins


def slow_backward(words: list[str], phrases: set[tuple[str, ...]]) -> list[bool]:
    """Return True for each word that begins a span, from the last word to the first."""
    begins, end = [False] * len(words), len(words)
    while end:
        end -= next((n for n in range(end, 1, -1) if tuple(words[end - n : end]) in phrases), 1)
        begins[end] = True
    return begins


def slow_bidirectional(words: list[str], phrases: set[tuple[str, ...]]) -> list[bool]:
    """Return the better of both directions: fewer spans, then fewer spans of one word, then backward."""
    return min(slow_backward(words, phrases), slow_forward(words, phrases), key=spans_and_single_words)


def spans_and_single_words(begins: list[bool]) -> tuple[int, int]:
    """Return the number of spans, and the number of spans of one word."""
    return sum(begins), sum(first and after for first, after in pairwise([*begins, True]))


SLOW = {"forward": slow_forward, "backward": slow_backward, "bidirectional": slow_bidirectional}


@pytest.mark.parametrize("direction", SLOW)
@given(TEXTS, PHRASES, st.booleans())
@settings(max_examples=100)
def test_equals_a_slow_loop(
    direction: MatchDirection, texts: list[str], phrases: set[tuple[str, ...]], lowercase: bool
) -> None:
    if lowercase:
        phrases = {tuple(word.lower() for word in phrase) for phrase in phrases}
    segmenter = MaxMatchSegmenter(PhraseDictionary([" ".join(phrase) for phrase in phrases], lowercase), direction)
    expected = [begin for text in texts for begin in SLOW[direction](find_words([text]).forms(lowercase), phrases)]
    assert segmenter.begins(find_words(texts)).tolist() == expected


@given(st.lists(st.integers(1, 6), max_size=60))
def test_forward_begins_equal_a_slow_loop(lengths: list[int]) -> None:
    lengths = [min(length, len(lengths) - i) for i, length in enumerate(lengths)]
    expected, i = [False] * len(lengths), 0
    while i < len(lengths):
        expected[i] = True
        i += lengths[i]
    assert forward_begins(np.array(lengths, dtype=np.int32)).tolist() == expected


def test_the_longest_match_wins_and_none_crosses_the_end_of_a_text() -> None:
    segmenter = MaxMatchSegmenter(PhraseDictionary(["new york", "new york city", "city hall", "hall of"]))
    words = find_words(["In New York City hall of fame, new", "York"])
    starts = np.flatnonzero(segmenter.begins(words)).tolist()
    assert starts == [0, 1, 4, 6, 7, 8, 9], "the second text starts at word 9"
    spans = [" ".join(words.of(0)[start:end]) for start, end in pairwise(starts)]
    assert spans == ["In", "New York City", "hall of", "fame", ",", "new"]


def test_bidirectional_matching_chooses_a_direction_for_each_text() -> None:
    phrases = PhraseDictionary(["a b", "b c d", "x y", "y z", "k l", "l m", "m n o"])
    texts = ["a b c d", "x y z", "k l m n o"]
    starts = {
        "forward": [0, 2, 3, 4, 6, 7, 9],
        "backward": [0, 1, 4, 5, 7, 9],
        "bidirectional": [0, 1, 4, 5, 7, 9],
    }
    for direction, expected in starts.items():
        assert np.flatnonzero(MaxMatchSegmenter(phrases, direction).begins(find_words(texts))).tolist() == expected


@pytest.mark.parametrize(
    ("forward", "backward", "winner"),
    [
        ([1, 0, 1, 0], [1, 1, 0, 1], "forward"),
        ([1, 0, 1, 1], [1, 0, 1, 0], "backward"),
        ([1, 0, 1, 0, 1, 0], [1, 1, 0, 0, 1, 0], "forward"),
        ([1, 0, 1, 0], [1, 0, 0, 1], "forward"),
        ([1, 0, 0, 1], [1, 1, 0, 0], "backward"),
    ],
)
def test_fewer_spans_win_then_fewer_single_words_then_backward(
    forward: list[int], backward: list[int], winner: str
) -> None:
    begins = {"forward": np.array(forward, dtype=np.bool_), "backward": np.array(backward, dtype=np.bool_)}
    bounds = np.array([0, 0, len(forward), len(forward)])
    assert better_begins(begins["forward"], begins["backward"], bounds).tolist() == begins[winner].tolist()


def test_with_an_empty_dictionary_every_word_is_a_span() -> None:
    assert MaxMatchSegmenter(PhraseDictionary([])).begins(find_words(["a b", "", "c"])).all()


def test_a_text_of_ten_thousand_words_is_segmented() -> None:
    begins = MaxMatchSegmenter(PhraseDictionary(["a a", "a a a"])).begins(find_words(["a " * 10_000]))
    assert np.flatnonzero(begins).tolist() == list(range(0, 10_000, 3))


def test_a_dictionary_of_another_word_rule_is_refused() -> None:
    phrases = PhraseDictionary(["a b"])
    old = {**about_dictionary(phrases.table()), "word_rule": "words-0"}
    phrases._table = phrases.table().replace_schema_metadata({"spanreg_dictionary": sealed_metadata(old)})
    with pytest.raises(ConfigurationError, match="words-0"):
        MaxMatchSegmenter(phrases).begins(find_words(["a b"]))


def test_builds_from_a_config() -> None:
    segmenter = Segmenter.from_params({"type": "max_match", "dictionary": "empty"})
    assert segmenter.begins(find_words(["a b"])).all()
    with pytest.raises(ConfigurationError, match="direction"):
        Segmenter.from_params({"type": "max_match", "direction": "sideways"}, dictionary=PhraseDictionary([]))


def test_the_length_of_words_is_limited_and_that_of_phrases_is_not() -> None:
    """No n-gram contains a word of more than 255 bytes; the number of words is not limited."""
    huge, long_phrase = "x" * 256, " ".join(["very"] * 1000)
    segmenter = MaxMatchSegmenter(PhraseDictionary([f"a {huge}", f"{huge} b", long_phrase]))
    assert segmenter.begins(find_words([f"a {huge} b"])).all()
    assert np.flatnonzero(segmenter.begins(find_words([f"so {long_phrase} long"]))).tolist() == [0, 1, 1001]
