"""Word rule by Unicode's character categories."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from spanreg.text.unicode.utf8 import word_bounds
from spanreg.text.unicode.words import WORD_RULE
from spanreg.words.base import WordRule


@WordRule.register("unicode")
class UnicodeWords(WordRule):
    """Separates words from punctuation by Unicode's character categories: ``kick the bucket,`` is four words.

    ``spanreg.text.unicode.words`` describes the rule, which is our choice: the released code of the paper splits at
    white space. Registered as ``unicode``.

    Example:
        words: { type: 'unicode' }
    """

    name: ClassVar[str] = "unicode"
    version: ClassVar[str] = WORD_RULE

    def bounds(self, text: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        return word_bounds(text)
