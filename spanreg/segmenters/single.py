"""Every word a span of its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spanreg import storage
from spanreg.segmenters.base import Segmenter
from spanreg.text.words import WORD_RULE, Words


@Segmenter.register("single")
class Single(Segmenter):
    """Makes every word a span of its own: the neutral segmenter. Registered as ``single``."""

    def begins(self, words: Words) -> NDArray[np.bool_]:
        return np.ones(len(words), dtype=np.bool_)

    def fingerprint(self) -> str:
        return storage.hash_json({"segmenter": "single", "word_rule": WORD_RULE})
