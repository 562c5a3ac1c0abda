"""Spans from one punctuation mark to the next."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spanreg.segmenters import Segmenter
from spanreg.text.unicode.words import WORD_RULE, Words


@Segmenter.register("punctuation")
class Punctuation(Segmenter):
    """Cuts a text at its punctuation marks, each of which is a span of its own."""

    def begins(self, words: Words) -> NDArray[np.bool_]:
        marks = words.boundaries()
        begins = marks.copy()
        begins[1:] |= marks[:-1]
        begins[words.bounds[:-1][np.diff(words.bounds) > 0]] = True
        return begins

    def fingerprint(self) -> str:
        return f"spanreg-punctuation-1-{WORD_RULE}"
