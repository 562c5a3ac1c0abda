"""Spans of a fixed number of words."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from spanreg import storage
from spanreg.dictionaries.base import SpanDictionary
from spanreg.registry import AtLeast, Inherited, Search
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.plain import PlainSegmenter
from spanreg.text.unicode.words import Words
from spanreg.words import WordRule


@Segmenter.register("fixed")
class FixedLengthSegmenter(PlainSegmenter):
    """Spans of k words from the first word on, a control that ignores the words; registered as ``fixed``.

    The spans of a text begin at its words 0, k, 2k, ...; the last span may be shorter.

    ``segmenter: { type: 'fixed', words: 3 }``

    Source: the released code of Bao, Zhang and Zhao, Findings of EMNLP 2021, defines spans of 3 word pieces as a
    control (``do_equal_chunk``) and does not call it; spans of words are our choice.

    Parameters:
        words: number of words in a span, k; default 3.
        rule: word rule; default: that of the dictionary, or ``unicode`` without one.
        dictionary: dictionary whose word rule is used; default: that of the config.
    """

    def __init__(
        self,
        words: Annotated[int, AtLeast(1), Search(2, 5)] = 3,
        rule: WordRule | None = None,
        dictionary: Inherited[SpanDictionary | None] = None,
    ) -> None:
        super().__init__(rule, dictionary)
        self._words = words

    def begins(self, words: Words) -> NDArray[np.bool_]:
        # Index of each word in its text, shape: (words,).
        in_text = np.arange(len(words)) - np.repeat(words.bounds[:-1], np.diff(words.bounds))
        begins: NDArray[np.bool_] = in_text % self._words == 0
        return begins

    def fingerprint(self) -> str:
        return storage.hash_json({"segmenter": "fixed", "words": self._words, "word_rule": self.word_rule.version})
