"""Maximum matching: the longest n-gram at each position."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from spanreg import storage
from spanreg.dictionaries.base import SpanDictionary
from spanreg.registry import Inherited
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.lookup import LookupSegmenter
from spanreg.segmenters.spans.matcher import NgramMatcher
from spanreg.text.unicode.words import Words
from spanreg.words import WordRule

MatchDirection = Literal["forward", "backward", "bidirectional"]


@Segmenter.register("max_match")
class MaxMatchSegmenter(LookupSegmenter):
    """Longest n-gram of the dictionary at each position, from one end of the text; registered as ``max_match``.

    Forward: with ``longest(i)`` the length of the longest n-gram that begins at word i (1 without any), the first span
    begins at word 0, and the span after one at i begins at ``i + longest(i)``. Backward: the mirror image, from the
    last word to the first. Bidirectional: for each text the result with fewer spans, then with fewer spans of one word,
    then the backward one.

    ``segmenter: { type: 'max_match', direction: 'forward' }``

    Source: maximum matching in Chinese word segmentation. The released code of Bao, Zhang and Zhao, Findings of EMNLP
    2021, matches from the left with a window that misses n-grams near the end of a text: see ``released_max_match``.
    The other two directions are our choice.

    Parameters:
        dictionary: dictionary of n-grams; default: that of the config.
        direction: ``forward`` (default), ``backward`` or ``bidirectional``.
        words: word rule, which must be that of the dictionary; default: that of the dictionary.

    Raises:
        ConfigurationError: the dictionary cannot be created or read, or has another word rule than ``words``.
    """

    def __init__(
        self,
        dictionary: Inherited[SpanDictionary],
        direction: MatchDirection = "forward",
        words: WordRule | None = None,
    ) -> None:
        super().__init__(dictionary, words)
        self._direction = direction
        self._matcher: NgramMatcher | None = None

    def begins(self, words: Words) -> NDArray[np.bool_]:
        if self._matcher is None:
            self._matcher = NgramMatcher(self._dictionary.table())
        if self._direction == "forward":
            return forward_begins(self._matcher.longest(words))
        backward = backward_begins(self._matcher.longest_ending(words))
        if self._direction == "backward":
            return backward
        return better_begins(forward_begins(self._matcher.longest(words)), backward, words.bounds)

    def fingerprint(self) -> str:
        return storage.hash_json(
            {
                "segmenter": "max_match",
                "direction": self._direction,
                "dictionary": self._dictionary.fingerprint(),
                "word_rule": self.word_rule.version,
            }
        )


def forward_begins(lengths: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return the words that begin a span, if a span at word i has ``lengths[i]`` words.

    Args:
        lengths: at least 1, and never beyond the end of a text, shape: (words,).

    Returns:
        True for each word that begins a span, shape: (words,).
    """
    # Following spans one after the other would be a Python loop over all spans. Words that begin a span in any case
    # divide the batch into independent parts, which all advance at once, span by span, each up to the next such word.
    # The loop runs as often as one part has spans, which are few: a part is a run of overlapping n-grams.
    begins = certain_begins(lengths)
    certain = np.append(begins, True)
    ends = np.arange(lengths.size, dtype=np.int32) + lengths  # the word after a span that begins at each word
    at = np.flatnonzero(begins)
    while at.size:
        at = ends[at]
        at = at[~certain[at]]  # a part ends where the next one begins; the last one at the end of the batch
        begins[at] = True
    return begins


def backward_begins(lengths: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return the words that begin a span, if a span that ends with word i has ``lengths[i]`` words; shape: (words,)."""
    # In the mirror image, the words that begin a span are the last words of spans; the word after each begins one.
    begins = np.ones(lengths.size, dtype=np.bool_)
    begins[1:] = forward_begins(lengths[::-1])[:0:-1]
    return begins


def certain_begins(lengths: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return the words that begin a span whichever matches of at most these lengths are chosen, shape: (words,)."""
    # No match that begins earlier reaches such a word: it is beyond all their ends. Matches do not cross texts, so that
    # the first word of each text is one of them.
    places = np.arange(lengths.size, dtype=np.int32)
    begins = np.ones(lengths.size, dtype=np.bool_)
    np.less_equal(np.maximum.accumulate(places[:-1] + lengths[:-1]), places[1:], out=begins[1:])
    return begins


def better_begins(
    forward: NDArray[np.bool_], backward: NDArray[np.bool_], bounds: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return, for each text, the segmentation with fewer spans, then with fewer of one word, then the backward one."""
    # Both differences, forward less backward, have the shape: (texts,).
    spans = _count_by_text(forward, bounds) - _count_by_text(backward, bounds)
    singles = _count_by_text(_single_words(forward), bounds) - _count_by_text(_single_words(backward), bounds)
    forward_wins = (spans < 0) | (spans == 0) & (singles < 0)  # a tie: the backward one
    best: NDArray[np.bool_] = np.where(np.repeat(forward_wins, np.diff(bounds)), forward, backward)
    return best


def _single_words(begins: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return True for each word that is a whole span."""
    followed: NDArray[np.bool_] = np.append(begins[1:], True)[: begins.size]
    return begins & followed


def _count_by_text(flags: NDArray[np.bool_], bounds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of True flags in each text, shape: (texts,)."""
    # By differences of a running sum, and not ``np.add.reduceat``, which returns a flag for a text without words.
    before = np.zeros(flags.size + 1, dtype=np.int64)
    np.cumsum(flags, out=before[1:])
    return np.diff(before[bounds])
