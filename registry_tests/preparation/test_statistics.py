"""Statistics of the spans of a split: lengths, shares, truncation, and coverage by a dictionary."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerFast

from spanreg.dictionaries.base import SpanDictionary
from spanreg.dictionaries.tables.artefact import dictionary_table
from spanreg.preparation import SpanStatistics, SpanTokenizer
from spanreg.preparation.statistics import SpanCounts
from spanreg.segmenters.base import Segmenter
from spanreg.text.unicode.words import Words

SEGMENTED_TEXTS = {"The old man | kicked the bucket | .", "the old | man | ran", "Big deal", ""}


class MarkedSegmenter(Segmenter):
    """Segmenter that splits the texts of ``SEGMENTED_TEXTS`` at their marks."""

    def begins(self, words: Words) -> NDArray[np.bool_]:
        marks = {text.replace(" |", ""): text for text in SEGMENTED_TEXTS}
        begins = [
            index == 0
            for text in words.texts
            for span in marks[text].split("|")
            for index, _ in enumerate(span.split())
        ]
        return np.array(begins, dtype=np.bool_)

    def fingerprint(self) -> str:
        return "marked"


class PhraseDictionary(SpanDictionary):
    """Dictionary of given phrases, with or without metadata."""

    def __init__(self, *phrases: str, lowercase: bool = True, described: bool = True) -> None:
        n = np.array([len(phrase.split()) for phrase in phrases], np.int32)
        counts = np.ones(len(phrases), np.int64)
        table = dictionary_table(phrases, n, counts, lowercase=lowercase, origin={})
        self._table = table if described else table.replace_schema_metadata(None)

    def table(self) -> pa.Table:
        return self._table

    def fingerprint(self) -> str:
        return "phrases"


def statistics_of_texts(
    tokenizer: PreTrainedTokenizerFast, dictionary: SpanDictionary | None = None, max_tokens: int = 64
) -> SpanStatistics:
    """Return the statistics of two pairs and a single text of ``SEGMENTED_TEXTS``."""
    counts = SpanCounts(dictionary)
    span_tokenizer = SpanTokenizer(tokenizer, MarkedSegmenter(), max_tokens)
    counts.add(span_tokenizer(["The old man kicked the bucket .", "Big deal"], ["the old man ran", ""]))
    counts.add(span_tokenizer(["the old man ran"]))
    return counts.total()


def test_statistics_equal_those_by_hand(bert: PreTrainedTokenizerFast) -> None:
    statistics = statistics_of_texts(bert, PhraseDictionary("the old", "kicked the bucket", "big deal", "old man"))
    assert (statistics.sentences, statistics.words, statistics.spans, statistics.truncated) == (5, 17, 10, 0)
    assert statistics.spans_per_sentence == 10 / 5
    assert statistics.span_lengths == {1: 5, 2: 3, 3: 2}
    # The spans "the old" (twice), "kicked the bucket" and "Big deal" are entries.
    assert statistics.dictionary_coverage == (2 + 2 + 3 + 2) / 17


def test_the_share_of_tokens_in_long_spans_equals_a_slow_count(bert: PreTrainedTokenizerFast) -> None:
    def piece_counts(text: str, in_long_span: list[int]) -> list[tuple[int, int]]:
        """Return the number of pieces of each word, with 1 for the words of spans of several words."""
        return [(len(bert.tokenize(word)), long) for word, long in zip(text.split(), in_long_span, strict=True)]

    counts = piece_counts("The old man kicked the bucket .", [1, 1, 1, 1, 1, 1, 0])
    counts += piece_counts("the old man ran", [1, 1, 0, 0]) * 2
    counts += piece_counts("Big deal", [1, 1])
    statistics = statistics_of_texts(bert)
    pieces = sum(count for count, _ in counts)
    assert statistics.multi_word_token_share == sum(count * long for count, long in counts) / pieces
    assert statistics.tokens == pieces + 3 + 3 + 2, "with the special tokens of two pairs and a text"
    assert statistics.dictionary_coverage is None


def test_truncation_affects_tokens_only(bert: PreTrainedTokenizerFast) -> None:
    whole, truncated = statistics_of_texts(bert), statistics_of_texts(bert, max_tokens=6)
    assert truncated.truncated == 2 + (len(bert.tokenize("Big deal")) > 3)
    assert truncated.tokens <= 3 * 6
    assert (truncated.words, truncated.spans, truncated.span_lengths) == (whole.words, whole.spans, whole.span_lengths)


@pytest.mark.parametrize(("lowercase", "described", "covered"), [(True, True, 2), (False, True, 0), (True, False, 2)])
def test_coverage_uses_the_letter_case_of_the_dictionary(
    bert: PreTrainedTokenizerFast, lowercase: bool, described: bool, covered: int
) -> None:
    statistics = statistics_of_texts(bert, PhraseDictionary("big deal", lowercase=lowercase, described=described))
    assert statistics.dictionary_coverage == covered / 17


@pytest.mark.parametrize("text", ["big  deal", "Big\tdeal", "big deal", "big\ndeal", "bíg-deal"])
def test_coverage_ignores_the_white_space_between_words(bert: PreTrainedTokenizerFast, text: str) -> None:
    class WholeTextSegmenter(MarkedSegmenter):
        def begins(self, words: Words) -> NDArray[np.bool_]:
            begins = np.zeros(len(words), dtype=np.bool_)
            begins[words.bounds[:-1]] = True
            return begins

    counts = SpanCounts(PhraseDictionary("big deal", "bíg - deal"))
    counts.add(SpanTokenizer(bert, WholeTextSegmenter(), 64)(["one", text, "other words"]))
    statistics = counts.total()
    assert statistics.dictionary_coverage == (statistics.words - 3) / statistics.words


def test_an_empty_dictionary_and_no_texts_give_zeros(bert: PreTrainedTokenizerFast) -> None:
    assert statistics_of_texts(bert, PhraseDictionary()).dictionary_coverage == 0.0
    empty = SpanCounts(PhraseDictionary()).total()
    assert (empty.words, empty.spans_per_sentence, empty.dictionary_coverage) == (0, 0.0, 0.0)


def test_statistics_survive_json(bert: PreTrainedTokenizerFast) -> None:
    statistics = statistics_of_texts(bert, PhraseDictionary("big deal"))
    assert SpanStatistics.from_json(json.loads(json.dumps(statistics.to_json()))) == statistics
