"""Every text one span."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spanreg import storage
from spanreg.segmenters.base import Segmenter
from spanreg.text.words import WORD_RULE, Words


@Segmenter.register("whole")
class Whole(Segmenter):
    """Makes all words of a text one span: the control that has no inner boundary. Registered as ``whole``."""

    def begins(self, words: Words) -> NDArray[np.bool_]:
        begins = np.zeros(len(words), dtype=np.bool_)
        begins[words.bounds[:-1][np.diff(words.bounds) > 0]] = True
        return begins

    def fingerprint(self) -> str:
        return storage.hash_json({"segmenter": "whole", "word_rule": WORD_RULE})
