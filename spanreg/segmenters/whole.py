"""Every text one span."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spanreg import storage
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.plain import PlainSegmenter
from spanreg.text.unicode.words import Words


@Segmenter.register("whole")
class WholeTextSegmenter(PlainSegmenter):
    """Makes all words of a text one span: the control that has no inner boundary. Registered as ``whole``.

    Parameters:
        words: the rule by which words are found; by default that of the dictionary, or ``unicode`` where there is none.
        dictionary: gives the word rule and nothing else; that of the config by default.
    """

    def begins(self, words: Words) -> NDArray[np.bool_]:
        begins = np.zeros(len(words), dtype=np.bool_)
        begins[words.bounds[:-1][np.diff(words.bounds) > 0]] = True
        return begins

    def fingerprint(self) -> str:
        return storage.hash_json({"segmenter": "whole", "word_rule": self.word_rule.version})
