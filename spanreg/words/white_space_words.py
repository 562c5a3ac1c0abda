"""Word rule by white space."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from spanreg.text.unicode.white_space import white_space_bounds
from spanreg.words.base import WordRule


@WordRule.register("whitespace")
class WhiteSpaceWords(WordRule):
    """Separates words by white space only: ``kick the bucket,`` is three words.

    White space is defined by Python's ``str.isspace``, so that the words are those of ``str.split``; punctuation stays
    attached to words, so that ``bucket,`` is not the word ``bucket``. Look-ups do not unify spellings. Registered as
    ``whitespace``.

    Example:
        words: { type: 'whitespace' }

    Source: released code of Bao, Zhang and Zhao, Findings of EMNLP 2021.
    """

    name: ClassVar[str] = "whitespace"
    version: ClassVar[str] = "whitespace-1"
    # The released code compares words as strings.
    one_spelling: ClassVar[bool] = False

    def bounds(self, text: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        return white_space_bounds(text)
