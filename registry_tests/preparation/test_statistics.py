"""Span statistics equal counts made by hand."""

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

CUTS = {"The old man | kicked the bucket | .", "the old | man | ran", "Big deal", ""}


class Marked(Segmenter):
    """Segmenter that splits the texts above at their marks."""

    def begins(self, words: Words) -> NDArray[np.bool_]:
        marks = {cut.replace(" |", ""): cut for cut in CUTS}
        begins = [
            index == 0
            for text in words.texts
            for piece in marks[text].split("|")
            for index, _ in enumerate(piece.split())
        ]
        return np.array(begins, dtype=np.bool_)

    def fingerprint(self) -> str:
        return "marked"


class Phrases(SpanDictionary):
    """Return a dictionary of a few phrases."""

    def __init__(self, *phrases: str, lowercase: bool = True, described: bool = True) -> None:
        n = np.array([len(phrase.split()) for phrase in phrases], np.int32)
        counts = np.ones(len(phrases), np.int64)
        table = dictionary_table(phrases, n, counts, lowercase=lowercase, origin={})
        self._table = table if described else table.replace_schema_metadata(None)

    def table(self) -> pa.Table:
        return self._table

    def fingerprint(self) -> str:
        return "phrases"


def counted(
    tokenizer: PreTrainedTokenizerFast, dictionary: SpanDictionary | None = None, max_tokens: int = 64
) -> SpanStatistics:
    counts = SpanCounts(dictionary)
    cut = SpanTokenizer(tokenizer, Marked(), max_tokens)
    counts.add(cut(["The old man kicked the bucket .", "Big deal"], ["the old man ran", ""]))
    counts.add(cut(["the old man ran"]))
    return counts.total()


def test_counts(bert: PreTrainedTokenizerFast) -> None:
    found = counted(bert, Phrases("the old", "kicked the bucket", "big deal", "old man"))
    assert (found.sentences, found.words, found.spans, found.truncated) == (5, 17, 10, 0)
    assert found.spans_per_sentence == 10 / 5
    assert found.span_lengths == {1: 5, 2: 3, 3: 2}
    # "the old" twice, "kicked the bucket" and "Big deal" are entries
    assert found.dictionary_coverage == (2 + 2 + 3 + 2) / 17


def test_share_of_tokens_equals_a_slow_count(bert: PreTrainedTokenizerFast) -> None:
    texts = ["The old man kicked the bucket .", "the old man ran"]
    pieces = [(len(bert.tokenize(word)), many) for word, many in zip(texts[0].split(), [1] * 6 + [0], strict=True)]
    pieces += [(len(bert.tokenize(word)), many) for word, many in zip(texts[1].split(), [1, 1, 0, 0], strict=True)] * 2
    pieces += [(len(bert.tokenize(word)), 1) for word in ("Big", "deal")]
    found = counted(bert)
    words = sum(count for count, _ in pieces)
    assert found.multi_word_token_share == sum(count * many for count, many in pieces) / words
    assert found.tokens == words + 3 + 3 + 2
    assert found.dictionary_coverage is None


def test_truncation_touches_tokens_only(bert: PreTrainedTokenizerFast) -> None:
    whole, cut = counted(bert), counted(bert, max_tokens=6)
    assert cut.truncated == 2 + (len(bert.tokenize("Big deal")) > 3)
    assert cut.tokens <= 3 * 6
    assert (cut.words, cut.spans, cut.span_lengths) == (whole.words, whole.spans, whole.span_lengths)


@pytest.mark.parametrize(("lowercase", "described", "covered"), [(True, True, 2), (False, True, 0), (True, False, 2)])
def test_coverage_looks_words_up_as_the_dictionary_does(
    bert: PreTrainedTokenizerFast, lowercase: bool, described: bool, covered: int
) -> None:
    found = counted(bert, Phrases("big deal", lowercase=lowercase, described=described))
    assert found.dictionary_coverage == covered / 17


@pytest.mark.parametrize("text", ["big  deal", "Big\tdeal", "big deal", "big\ndeal", "bíg-deal"])
def test_white_space_between_words_does_not_matter(bert: PreTrainedTokenizerFast, text: str) -> None:
    class Whole(Marked):
        def begins(self, words: Words) -> NDArray[np.bool_]:
            begins = np.zeros(len(words), dtype=np.bool_)
            begins[words.bounds[:-1]] = True
            return begins

    counts = SpanCounts(Phrases("big deal", "bíg - deal"))
    counts.add(SpanTokenizer(bert, Whole(), 64)(["one", text, "other words"]))
    found = counts.total()
    assert found.dictionary_coverage == (found.words - 3) / found.words


def test_empty_dictionary_and_nothing_counted(bert: PreTrainedTokenizerFast) -> None:
    assert counted(bert, Phrases()).dictionary_coverage == 0.0
    nothing = SpanCounts(Phrases()).total()
    assert (nothing.words, nothing.spans_per_sentence, nothing.dictionary_coverage) == (0, 0.0, 0.0)


def test_json_there_and_back(bert: PreTrainedTokenizerFast) -> None:
    found = counted(bert, Phrases("big deal"))
    assert SpanStatistics.from_json(json.loads(json.dumps(found.to_json()))) == found
