"""One span for each word."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spanreg import storage
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.plain import PlainSegmenter
from spanreg.text.unicode.words import Words


@Segmenter.register("single")
class SingleWordSegmenter(PlainSegmenter):
    """One span for each word, the neutral segmenter: the control for spans of several words; registered as ``single``.

    ``segmenter: { type: 'single' }``

    Parameters:
        words: word rule; default: that of the dictionary, or ``unicode`` without one.
        dictionary: dictionary whose word rule is used; default: that of the config.
    """

    def begins(self, words: Words) -> NDArray[np.bool_]:
        return np.ones(len(words), dtype=np.bool_)

    def fingerprint(self) -> str:
        return storage.hash_json({"segmenter": "single", "word_rule": self.word_rule.version})
