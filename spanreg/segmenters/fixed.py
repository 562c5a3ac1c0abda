"""Spans of a fixed number of words."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from spanreg import storage
from spanreg.dictionaries.base import SpanDictionary
from spanreg.registry import AtLeast, Inherited
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.plain import PlainSegmenter
from spanreg.text.unicode.words import Words
from spanreg.words import WordRule


@Segmenter.register("fixed")
class FixedLengthSegmenter(PlainSegmenter):
    """Cuts every text into spans of k words from its first word on; the last span has what is left.

    Spans of a text begin at its words 0, k, 2k, ...: a control that knows nothing of the words.
    Registered as ``fixed``.

    Parameters:
        words: words of a span, k; 3 by default.
        rule: the rule by which words are found; by default that of the dictionary, or ``unicode`` where there is none.
        dictionary: gives the word rule and nothing else; that of the config by default.
    """

    def __init__(
        self,
        words: Annotated[int, AtLeast(1)] = 3,
        rule: WordRule | None = None,
        dictionary: Inherited[SpanDictionary | None] = None,
    ) -> None:
        super().__init__(rule, dictionary)
        self._words = words

    def begins(self, words: Words) -> NDArray[np.bool_]:
        in_text = np.arange(len(words)) - np.repeat(words.bounds[:-1], np.diff(words.bounds))
        begins: NDArray[np.bool_] = in_text % self._words == 0
        return begins

    def fingerprint(self) -> str:
        return storage.hash_json({"segmenter": "fixed", "words": self._words, "word_rule": self.word_rule.version})
