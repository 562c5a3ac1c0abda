"""Statistics of a segmentation on a split, for the run record."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from spanreg.dictionaries.base import SpanDictionary, spelt_ngrams
from spanreg.dictionaries.tables.artefact import about_dictionary
from spanreg.preparation.alignment import SpanTokens
from spanreg.text.unicode.words import Words


@dataclass(frozen=True, slots=True)
class SpanStatistics:
    """Statistics of one prepared split; words and spans are counted before truncation, tokens after it.

    ``prepared.statistics.spans_per_sentence``
    """

    sentences: int
    "Number of texts; a pair counts as two."
    words: int
    "Number of words in all sentences."
    spans: int
    "Number of spans in all sentences, without special tokens."
    tokens: int
    "Number of tokens in all examples, with special tokens."
    spans_per_sentence: float
    "Mean number of spans of a sentence."
    multi_word_token_share: float
    "Share of the tokens, without special ones, that are in a span of two or more words."
    dictionary_coverage: float | None
    "Share of the words that are in a span which is a dictionary entry; None without a dictionary."
    span_lengths: dict[int, int]
    "Number of spans by their length in words, ascending."
    truncated: int
    "Number of truncated examples."

    def to_json(self) -> dict[str, Any]:
        """Return the statistics as JSON values; the keys of ``span_lengths`` become strings."""
        return {**asdict(self), "span_lengths": {str(length): count for length, count in self.span_lengths.items()}}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> SpanStatistics:
        """Return the statistics that ``to_json`` converted."""
        return cls(**{**value, "span_lengths": {int(length): n for length, n in value["span_lengths"].items()}})


class SpanCounts:
    """Accumulates the statistics of a split over its batches.

    ``counts = SpanCounts(dictionary); counts.add(tokens); counts.total()``

    Parameters:
        dictionary: the dictionary for ``dictionary_coverage``; default: none.
        layer: index of the segmentation to count; default: the first.
    """

    def __init__(self, dictionary: SpanDictionary | None = None, layer: int = 0) -> None:
        self._layer = layer
        self._entries = None if dictionary is None else dictionary.table()
        self._lowercase = _lowercase(self._entries)
        self._phrases: Counter[bytes] = Counter()
        self._lengths: Counter[int] = Counter()
        self._sentences = self._tokens = self._word_tokens = self._multi_word_tokens = self._truncated = 0

    def add(self, batch: SpanTokens) -> None:
        """Add one batch."""
        begins = batch.begins[self._layer]
        lengths = words_per_span(begins)
        self._lengths.update(dict(enumerate(np.bincount(lengths).tolist())))
        self._sentences += len(batch.words.bounds) - 1
        self._tokens += len(batch.input_ids)
        self._word_tokens += int(np.count_nonzero(~batch.special))
        self._truncated += int(np.count_nonzero(batch.truncated))
        if len(lengths):
            span_of_word = np.cumsum(begins) - 1
            of_tokens = span_of_word[batch.token_words[batch.token_words >= 0]]
            self._multi_word_tokens += int(np.count_nonzero(lengths[of_tokens] > 1))
        if self._entries is not None:
            self._phrases.update(_phrases(batch.words, begins, lengths, self._lowercase))

    def total(self) -> SpanStatistics:
        """Return the statistics of all batches so far."""
        lengths = {length: count for length, count in sorted(self._lengths.items()) if count}
        words, spans = sum(length * count for length, count in lengths.items()), sum(lengths.values())
        return SpanStatistics(
            sentences=self._sentences,
            words=words,
            spans=spans,
            tokens=self._tokens,
            spans_per_sentence=spans / max(self._sentences, 1),
            multi_word_token_share=self._multi_word_tokens / max(self._word_tokens, 1),
            dictionary_coverage=None if self._entries is None else self._covered(self._entries) / max(words, 1),
            span_lengths=lengths,
            truncated=self._truncated,
        )

    def _covered(self, entries: pa.Table) -> int:
        """Return the number of words in spans that are dictionary entries."""
        # Looked up once, after all batches are counted: there are far fewer distinct spans than spans. Compared as
        # bytes, because phrases are slices of a text that may have lone surrogates.
        phrases = pa.array(list(self._phrases), pa.binary())
        known = pc.is_in(phrases, value_set=spelt_ngrams(entries).cast(pa.binary())).to_pylist()
        counts = zip(known, self._phrases.items(), strict=True)
        return sum(count * (phrase.count(b" ") + 1) for hit, (phrase, count) in counts if hit)


def words_per_span(begins: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the number of words of every span, shape: (spans of all sentences,)."""
    return np.diff(np.append(np.flatnonzero(begins), len(begins)))


def _phrases(words: Words, begins: NDArray[np.bool_], lengths: NDArray[np.int64], lowercase: bool) -> list[bytes]:
    """Return the spans of two or more words in the spelling in which they are looked up, in UTF-8."""
    text, changed, others = words.spellings(lowercase)
    data, starts, ends = text.tobytes(), words.byte_starts.tolist(), words.byte_ends.tolist()
    spelt = dict(zip(changed.tolist(), others, strict=True))
    firsts = np.flatnonzero(begins)[lengths > 1]  # shape: (phrases,)
    lasts = firsts + lengths[lengths > 1] - 1
    # A phrase is usually a slice of the text: its words are separated by single spaces and spelt as they are looked up.
    # Slices are several times as fast as joining words, and spans of a corpus are counted by the million.
    spaced = (words.byte_starts[1:] - words.byte_ends[:-1] == 1) & (text[words.byte_ends[:-1]] == ord(" "))
    for place in (changed - 1, changed):
        spaced[place[(place >= 0) & (place < spaced.size)]] = False
    # A phrase is plain if the number of gaps that are no single space does not grow between its first and last word.
    unspaced = np.append(0, np.cumsum(~spaced))  # shape: (words,)
    plain = unspaced[firsts] == unspaced[lasts]
    return [
        data[starts[first] : ends[last]]
        if as_is
        else b" ".join(spelt.get(word, data[starts[word] : ends[word]]) for word in range(first, last + 1))
        for first, last, as_is in zip(firsts.tolist(), lasts.tolist(), plain.tolist(), strict=True)
    ]


def _lowercase(entries: pa.Table | None) -> bool:
    """Return whether a dictionary's entries are looked up in lower case; True if its table does not record it."""
    if entries is None or not entries.schema.metadata:
        return True
    return bool(about_dictionary(entries)["lowercase"])
