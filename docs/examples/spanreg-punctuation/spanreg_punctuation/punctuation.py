"""Spans from one punctuation mark to the next."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spanreg.segmenters import Segmenter
from spanreg.text.unicode.words import WORD_RULE, Words


@Segmenter.register("punctuation")
class PunctuationSegmenter(Segmenter):
    """Spans between punctuation marks; each mark is a span as well. Registered as ``punctuation``.

    ``segmenter: { type: 'punctuation' }``
    """

    def begins(self, words: Words) -> NDArray[np.bool_]:
        marks = words.boundaries()
        begins = marks.copy()
        # The word after a mark begins a span, and so does the first word of each text that has words.
        begins[1:] |= marks[:-1]
        begins[words.bounds[:-1][np.diff(words.bounds) > 0]] = True
        return begins

    def fingerprint(self) -> str:
        # Everything that the result depends on: prepared data are reused while this text is the same.
        return f"spanreg-punctuation-1-{WORD_RULE}"
