"""Words between white space."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from spanreg.text.unicode.white_space import white_space_bounds
from spanreg.words.base import WordRule


@WordRule.register("whitespace")
class WhiteSpaceWords(WordRule):
    """Takes every run of characters between white space as a word: ``kick the bucket,`` is three words.

    White space is what Python's ``str.isspace`` says, so that the words are those of ``str.split``; punctuation stays
    attached to words. They are looked up as they stand, whatever else Unicode could write them with. Registered as
    ``whitespace``.

    Source: the released code of Bao, Zhang and Zhao, Findings of EMNLP 2021, cuts words so.
    """

    name: ClassVar[str] = "whitespace"
    version: ClassVar[str] = "whitespace-1"
    one_spelling: ClassVar[bool] = False

    def bounds(self, text: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        return white_space_bounds(text)
