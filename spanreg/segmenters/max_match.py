"""Maximum matching: the longest n-gram wins, from one end of the text to the other."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from spanreg import storage
from spanreg.dictionaries.base import SpanDictionary
from spanreg.registry import Inherited
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.matcher import Matcher
from spanreg.text.words import WORD_RULE, Words


@Segmenter.register("max_match")
class MaxMatch(Segmenter):
    """Cuts off, again and again, the longest n-gram of the dictionary; a word that begins none is a span of its own.

    Forward: with ``longest(i)`` the words of the longest n-gram that begins at word i (1 where there is none), the
    spans of a text begin at 0 and, after a span that begins at i, at i + longest(i).
    Registered as ``max_match``.

    Parameters:
        dictionary: the n-grams; that of the config by default.
        direction: ``forward`` goes from the first word to the last.

    Raises:
        ConfigurationError: the dictionary cannot be made or read, or was made by another word rule.
    """

    def __init__(self, dictionary: Inherited[SpanDictionary], direction: Literal["forward"] = "forward") -> None:
        self._dictionary = dictionary
        self._direction = direction
        self._matcher: Matcher | None = None

    def begins(self, words: Words) -> NDArray[np.bool_]:
        if self._matcher is None:
            self._matcher = Matcher(self._dictionary.table())
        return forward_begins(self._matcher.longest(words))

    def fingerprint(self) -> str:
        return storage.hash_json(
            {
                "segmenter": "max_match",
                "direction": self._direction,
                "dictionary": self._dictionary.fingerprint(),
                "word_rule": WORD_RULE,
            }
        )


def forward_begins(lengths: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Where spans begin if each reaches as far as ``lengths`` says from where it begins, shape: (words,).

    No match that begins earlier reaches a word that lies behind all their ends: there a span certainly begins, whatever
    was chosen before. From all these words at once, one steps from span to span until the next such word.
    """
    places = np.arange(lengths.size, dtype=np.int32)
    ends = places + lengths
    begins = np.ones(lengths.size, dtype=np.bool_)
    np.less_equal(np.maximum.accumulate(ends[:-1]), places[1:], out=begins[1:])
    certain = np.append(begins, True)
    at = np.flatnonzero(begins)
    while at.size:
        at = ends[at]
        at = at[~certain[at]]
        begins[at] = True
    return begins
