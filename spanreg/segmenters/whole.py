"""One span for each text."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spanreg import storage
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.plain import PlainSegmenter
from spanreg.text.unicode.words import Words


@Segmenter.register("whole")
class WholeTextSegmenter(PlainSegmenter):
    """One span for each text, the control without inner boundaries; registered as ``whole``.

    ``segmenter: { type: 'whole' }``

    Parameters:
        words: word rule; default: that of the dictionary, or ``unicode`` without one.
        dictionary: dictionary whose word rule is used; default: that of the config.
    """

    def begins(self, words: Words) -> NDArray[np.bool_]:
        begins = np.zeros(len(words), dtype=np.bool_)
        # A text without words has no first word; its bound is that of the next text.
        begins[words.bounds[:-1][np.diff(words.bounds) > 0]] = True
        return begins

    def fingerprint(self) -> str:
        return storage.hash_json({"segmenter": "whole", "word_rule": self.word_rule.version})
