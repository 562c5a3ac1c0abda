"""The segmentation with the highest score: equality with exhaustive search, scales, and refused scores."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanreg.dictionaries.base import SpanDictionary
from spanreg.dictionaries.tables.artefact import dictionary_table
from spanreg.registry import ConfigurationError
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.viterbi import ViterbiSegmenter
from spanreg.text.unicode.words import find_words

Phrase = tuple[str, ...]
WORD = st.sampled_from(["a", "b", "c"])
SCORES = st.dictionaries(
    st.lists(WORD, min_size=2, max_size=5).map(tuple), st.integers(-4, 12).map(lambda score: score / 4), max_size=12
)
TEXTS = st.lists(st.lists(WORD, max_size=9).map(" ".join), max_size=4)


class ScoredDictionary(SpanDictionary):
    """Dictionary of given phrases and scores."""

    def __init__(self, scores: dict[Phrase, float]) -> None:
        n = np.array([len(phrase) for phrase in scores], dtype=np.int32)
        table = dictionary_table(
            list(map(" ".join, scores)), n, np.ones_like(n, dtype=np.int64), lowercase=True, origin={}
        )
        ordered = [scores[tuple(ngram.split())] for ngram in table["ngram"].to_pylist()]
        self._table = table.append_column("worth", pa.array(ordered, pa.float64()))

    def table(self) -> pa.Table:
        return self._table

    def fingerprint(self) -> str:
        return "scored"


def begins_of_text(text: str, scores: dict[Phrase, float], **options: Any) -> list[bool]:
    """Return True for each word of a text that begins a span."""
    begins: list[bool] = (
        ViterbiSegmenter(ScoredDictionary(scores), score="worth", **options).begins(find_words([text])).tolist()
    )
    return begins


def segmentations(words: list[str], scores: dict[Phrase, float]) -> Iterator[list[Phrase]]:
    """Yield all segmentations into phrases and single words."""
    if not words:
        yield []
    for n in range(1, len(words) + 1):
        if n == 1 or tuple(words[:n]) in scores:
            yield from ([tuple(words[:n]), *rest] for rest in segmentations(words[n:], scores))


def slow_begins(words: list[str], scores: dict[Phrase, float], word_score: float) -> list[bool]:
    """Return the best of all segmentations; sums of quarters are exact, so that equal totals compare equal."""

    def rank(spans: list[Phrase]) -> tuple[float, int, list[int]]:
        total = sum(word_score if len(span) == 1 else scores[span] for span in spans)
        return total, -len(spans), [len(span) for span in reversed(spans)]

    best = max(segmentations(words, scores), key=rank)
    return [i == 0 for span in best for i in range(len(span))]


@given(TEXTS, SCORES, st.integers(-4, 4).map(lambda score: score / 4))
@settings(max_examples=120)
def test_equals_a_search_through_all_segmentations(
    texts: list[str], scores: dict[Phrase, float], word_score: float
) -> None:
    segmenter = ViterbiSegmenter(ScoredDictionary(scores), score="worth", word_score=word_score)
    expected = [begin for text in texts for begin in slow_begins(text.split(), scores, word_score)]
    assert segmenter.begins(find_words(texts)).tolist() == expected


@given(st.integers(1, 40), st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_real_scores_equal_a_loop_over_positions(size: int, given_scores: list[float]) -> None:
    """Add the scores in the order of the segmenter, since sums of real numbers are rounded."""
    scores = {("a",) * n: score for n, score in enumerate(given_scores, start=2)}
    totals, spans, lengths = [0.0], [0], [0]
    for end in range(1, size + 1):
        options = [
            (totals[end - n] + scores.get(("a",) * n, 0.0), -spans[end - n] - 1, n) for n in range(1, min(5, end) + 1)
        ]
        total, count, n = max(options)
        totals.append(total)
        spans.append(-count)
        lengths.append(n)
    expected, end = [False] * size, size
    while end:
        end -= lengths[end]
        expected[end] = True
    assert begins_of_text("a " * size, scores) == expected


def test_the_highest_sum_wins_over_the_longest_match() -> None:
    scores = {("a", "b", "c"): 2.0, ("a", "b"): 1.0, ("c", "d"): 1.5}
    assert begins_of_text("a b c d", scores) == [True, False, True, False]


def test_the_logarithmic_scale_prefers_several_spans() -> None:
    scores = {("a", "b"): 100.0, ("b", "c"): 60.0, ("c", "d"): 60.0}
    words = find_words(["a b c", "a b c d"])
    linear = ViterbiSegmenter(ScoredDictionary(scores), score="worth").begins(words)
    assert np.flatnonzero(linear).tolist() == [0, 2, 3, 5]
    triple = {("a", "b", "c"): 100.0, ("a", "b"): 45.0, ("c", "d"): 45.0}
    assert begins_of_text("a b c d", triple) == [True, False, False, True]
    assert 2 * math.log1p(45) > math.log1p(100)
    assert begins_of_text("a b c d", triple, scale="log") == [True, False, True, False]


def test_builds_from_a_config() -> None:
    config = {"type": "viterbi", "score": "worth", "scale": "log", "word_score": 0.1}
    segmenter = Segmenter.from_params(config, dictionary=ScoredDictionary({("a", "b"): 1.0}))
    assert segmenter.begins(find_words(["a b"])).sum() == 1
    assert Segmenter.from_params({"type": "viterbi", "dictionary": "empty"}).begins(find_words(["a b"])).all()


@pytest.mark.parametrize(
    ("arguments", "scores", "problem"),
    [
        ({"score": "wort"}, {}, "score: the dictionary has no numeric column 'wort'. did you mean 'worth'"),
        ({"score": "ngram"}, {}, "no numeric column 'ngram'"),
        ({"score": "worth"}, {("a", "b"): math.nan}, "score: 'a b' has worth nan, and scores must be finite"),
        ({"score": "worth", "scale": "log"}, {("a", "b"): -1.0}, "scores must be finite and not negative"),
    ],
)
def test_missing_and_invalid_scores_are_refused(
    arguments: dict[str, str], scores: dict[Phrase, float], problem: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        ViterbiSegmenter(ScoredDictionary(scores), **arguments).begins(find_words(["a"]))
    assert problem in str(caught.value)


def test_the_fingerprint_covers_the_scores() -> None:
    first, second = (ViterbiSegmenter(ScoredDictionary({("a", "b"): score}), score="worth") for score in (1.0, 2.0))
    assert first.fingerprint() != second.fingerprint()
