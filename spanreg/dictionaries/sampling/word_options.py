"""Options for the words of a corpus: word rule, lower-casing and punctuation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spanreg.text.unicode.punctuation import is_punctuation
from spanreg.text.unicode.utf8 import boundaries, lowered
from spanreg.words import WordRule
from spanreg.words.base import default_word_rule

Punctuation = Literal["boundary", "drop", "keep"]
"""Treatment of punctuation: n-grams contain no boundary word (``boundary``; see ``spanreg.text.unicode.words``), no
substring of ``string.punctuation`` (``drop``, as in the released code of the paper), or any word (``keep``). The
default, ``boundary``, is our choice: phrases do not cross sentences and clauses."""


class TextWords(NamedTuple):
    """Words of a text in UTF-8, by byte offsets."""

    forms: NDArray[np.uint8]
    "Text, lower-cased if words are, shape: (bytes,)."
    starts: NDArray[np.int64]
    "Offset of each word's first byte, shape: (words,)."
    ends: NDArray[np.int64]
    "Offset after each word's last byte, shape: (words,)."
    excluded: NDArray[np.int64]
    "Indices of the words that n-grams must not contain."


@dataclass(frozen=True, slots=True)
class WordOptions:
    """Options of the words that are counted.

    ``WordOptions(WordRule.by_name("whitespace")(), lowercase=False, punctuation="drop")``
    """

    rule: WordRule = field(default_factory=default_word_rule)
    "Word rule."
    lowercase: bool = True
    "True if words are counted in lower case."
    punctuation: Punctuation = "boundary"
    "Treatment of punctuation."

    def words_of(self, text: NDArray[np.uint8]) -> TextWords:
        """Return the words of a text.

        Args:
            text: valid UTF-8 that ends with a line feed or a space, shape: (bytes,).
        """
        starts, ends = self.rule.bounds(text)
        if self.punctuation == "boundary":
            excluded = np.flatnonzero(boundaries(text, starts))
        elif self.punctuation == "drop":
            excluded = np.flatnonzero(is_punctuation(text, starts, ends))
        else:
            excluded = np.empty(0, dtype=np.int64)
        # Lower-cased last, since it keeps the size of every character: the offsets are those of the forms, too.
        return TextWords(lowered(text) if self.lowercase else text, starts, ends, excluded)
