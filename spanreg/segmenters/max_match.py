"""Maximum matching: the longest n-gram wins, from one end of the text to the other."""

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

Direction = Literal["forward", "backward", "bidirectional"]


@Segmenter.register("max_match")
class MaxMatchSegmenter(LookupSegmenter):
    """Cuts off, again and again, the longest n-gram of the dictionary; a word that has none is a span of its own.

    Forward: with ``longest(i)`` the words of the longest n-gram that begins at word i (1 where there is none), the
    spans of a text begin at 0 and, after a span that begins at i, at i + longest(i). Backward is its mirror image, from
    the last word to the first. Bidirectional takes, for each text, that of the two with fewer spans; if they have as
    many, that with fewer spans of one word; if they have as many of these too, the backward one.
    Registered as ``max_match``.

    Source: longest match, as in the segmentation of Chinese. The released code of Bao, Zhang and Zhao, 2021, cuts from
    the left, too, with a window that misses some n-grams near the end of a text: see ``released_max_match``.

    Parameters:
        dictionary: the n-grams; that of the config by default.
        direction: ``forward`` (from the first word to the last), ``backward`` or ``bidirectional``.
        words: the rule by which words are found; that of the dictionary, which goes with no other.

    Raises:
        ConfigurationError: the dictionary cannot be made or read, or was made with another word rule than ``words``.
    """

    def __init__(
        self, dictionary: Inherited[SpanDictionary], direction: Direction = "forward", words: WordRule | None = None
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
    """Where spans begin if each reaches as far as ``lengths`` says from where it begins, shape: (words,).

    From all words at which a span certainly begins at once, one steps from span to span until the next such word.
    """
    begins = certain_begins(lengths)
    certain = np.append(begins, True)
    ends = np.arange(lengths.size, dtype=np.int32) + lengths
    at = np.flatnonzero(begins)
    while at.size:
        at = ends[at]
        at = at[~certain[at]]
        begins[at] = True
    return begins


def backward_begins(lengths: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Where spans begin if each reaches as far back as ``lengths`` says from where it ends, shape: (words,)."""
    begins = np.ones(lengths.size, dtype=np.bool_)
    begins[1:] = forward_begins(lengths[::-1])[:0:-1]  # a span begins where one has ended
    return begins


def certain_begins(lengths: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Where spans begin however they are chosen among matches of at most these lengths, shape: (words,).

    No match that begins earlier reaches such a word: it lies behind all their ends.
    """
    places = np.arange(lengths.size, dtype=np.int32)
    begins = np.ones(lengths.size, dtype=np.bool_)
    np.less_equal(np.maximum.accumulate(places[:-1] + lengths[:-1]), places[1:], out=begins[1:])
    return begins


def better_begins(
    forward: NDArray[np.bool_], backward: NDArray[np.bool_], bounds: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """For each text the segmentation with fewer spans, then with fewer of one word, then the backward one."""
    spans = _counts(forward, bounds) - _counts(backward, bounds)
    singles = _counts(_singles(forward), bounds) - _counts(_singles(backward), bounds)
    forward_wins = (spans < 0) | (spans == 0) & (singles < 0)
    best: NDArray[np.bool_] = np.where(np.repeat(forward_wins, np.diff(bounds)), forward, backward)
    return best


def _singles(begins: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which words are a span by themselves."""
    followed: NDArray[np.bool_] = np.append(begins[1:], True)[: begins.size]
    return begins & followed


def _counts(flags: NDArray[np.bool_], bounds: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many flags of each text are set, shape: (texts,)."""
    before = np.zeros(flags.size + 1, dtype=np.int64)
    np.cumsum(flags, out=before[1:])
    return np.diff(before[bounds])
