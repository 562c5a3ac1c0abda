"""Every word a span of its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spanreg import storage
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.plain import PlainSegmenter
from spanreg.text.unicode.words import Words


@Segmenter.register("single")
class SingleWordSegmenter(PlainSegmenter):
    """Makes every word a span of its own: the neutral segmenter. Registered as ``single``.

    Parameters:
        words: the rule by which words are found; by default that of the dictionary, or ``unicode`` where there is none.
        dictionary: gives the word rule and nothing else; that of the config by default.
    """

    def begins(self, words: Words) -> NDArray[np.bool_]:
        return np.ones(len(words), dtype=np.bool_)

    def fingerprint(self) -> str:
        return storage.hash_json({"segmenter": "single", "word_rule": self.word_rule.version})
