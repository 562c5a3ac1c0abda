"""What a segmentation looks like on a data set, for the run record."""

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
    """Figures of one prepared split; words and spans are counted before truncation, tokens after it."""

    sentences: int
    "Texts, counting both of a pair."
    words: int
    "Words in all sentences."
    spans: int
    "Spans in all sentences, special tokens not counted."
    tokens: int
    "Tokens in all examples, special tokens included."
    spans_per_sentence: float
    "Mean over the sentences."
    multi_word_token_share: float
    "Share of the tokens, special ones not counted, that lie in a span of two or more words."
    dictionary_coverage: float | None
    "Share of the words that lie in a span which is a dictionary entry; None where no dictionary was given."
    span_lengths: dict[int, int]
    "Number of spans by their length in words, ascending."
    truncated: int
    "Examples that lost tokens to the limit."

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; the keys of ``span_lengths`` become strings."""
        return {**asdict(self), "span_lengths": {str(length): count for length, count in self.span_lengths.items()}}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> SpanStatistics:
        """The inverse of ``to_json``."""
        return cls(**{**value, "span_lengths": {int(length): n for length, n in value["span_lengths"].items()}})


class SpanCounts:
    """Adds up batches to the statistics of a split.

    Parameters:
        dictionary: what coverage is measured against; default: nothing.
        layer: which segmentation is counted, where there are several; default: the first.
    """

    def __init__(self, dictionary: SpanDictionary | None = None, layer: int = 0) -> None:
        self._layer = layer
        self._entries = None if dictionary is None else dictionary.table()
        self._lowercase = _lowercase(self._entries)
        self._phrases: Counter[bytes] = Counter()
        self._lengths: Counter[int] = Counter()
        self._sentences = self._tokens = self._word_tokens = self._multi_word_tokens = self._truncated = 0

    def add(self, batch: SpanTokens) -> None:
        """Counts one batch."""
        begins = batch.begins[self._layer]
        lengths = span_lengths(begins)
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
        """The statistics of all batches so far."""
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
        """Words in spans that are dictionary entries."""
        phrases = pa.array(list(self._phrases), pa.binary())
        known = pc.is_in(phrases, value_set=spelt_ngrams(entries).cast(pa.binary())).to_pylist()
        counts = zip(known, self._phrases.items(), strict=True)
        return sum(count * (phrase.count(b" ") + 1) for hit, (phrase, count) in counts if hit)


def span_lengths(begins: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Words of every span of every sentence, shape: (spans of all sentences,)."""
    return np.diff(np.append(np.flatnonzero(begins), len(begins)))


def _phrases(words: Words, begins: NDArray[np.bool_], lengths: NDArray[np.int64], lowercase: bool) -> list[bytes]:
    """Return the spans of two or more words as they are looked up, in UTF-8."""
    text, changed, others = words.spellings(lowercase)
    data, starts, ends = text.tobytes(), words.byte_starts.tolist(), words.byte_ends.tolist()
    spelt = dict(zip(changed.tolist(), others, strict=True))
    firsts = np.flatnonzero(begins)[lengths > 1]
    lasts = firsts + lengths[lengths > 1] - 1
    # Where single spaces stand between words that are spelt as they stand, the text itself is the phrase.
    spaced = (words.byte_starts[1:] - words.byte_ends[:-1] == 1) & (text[words.byte_ends[:-1]] == ord(" "))
    for place in (changed - 1, changed):
        spaced[place[(place >= 0) & (place < spaced.size)]] = False
    unspaced = np.append(0, np.cumsum(~spaced))
    plain = unspaced[firsts] == unspaced[lasts]
    return [
        data[starts[first] : ends[last]]
        if as_is
        else b" ".join(spelt.get(word, data[starts[word] : ends[word]]) for word in range(first, last + 1))
        for first, last, as_is in zip(firsts.tolist(), lasts.tolist(), plain.tolist(), strict=True)
    ]


def _lowercase(entries: pa.Table | None) -> bool:
    """Whether a dictionary's entries are looked up in lower case; a table that does not say is taken to be."""
    if entries is None or not entries.schema.metadata:
        return True
    return bool(about_dictionary(entries)["lowercase"])
