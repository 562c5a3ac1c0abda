"""How the words of a corpus are found and spelt, and which of them n-grams do not hold."""

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
"""What becomes of punctuation: no n-gram holds a boundary word (``boundary``; see ``spanreg.text.unicode.words``) or a
word that is a substring of ``string.punctuation`` (``drop``), or nothing is done (``keep``)."""


class TextWords(NamedTuple):
    """The words of a text in UTF-8, by byte offsets."""

    forms: NDArray[np.uint8]
    "The text as words are counted, shape: (bytes,)."
    starts: NDArray[np.int64]
    "Offset of each word's first byte, shape: (words,)."
    ends: NDArray[np.int64]
    "Offset after its last byte, shape: (words,)."
    excluded: NDArray[np.int64]
    "Indices of the words that no n-gram holds."


@dataclass(frozen=True, slots=True)
class WordOptions:
    """How text becomes words that are counted."""

    rule: WordRule = field(default_factory=default_word_rule)
    "Finds the words."
    lowercase: bool = True
    "Whether words are counted in lower case."
    punctuation: Punctuation = "boundary"
    "What becomes of punctuation."

    def words_of(self, text: NDArray[np.uint8]) -> TextWords:
        """Return the words of a text that ends with a separator."""
        starts, ends = self.rule.bounds(text)
        if self.punctuation == "boundary":
            excluded = np.flatnonzero(boundaries(text, starts))
        elif self.punctuation == "drop":
            excluded = np.flatnonzero(is_punctuation(text, starts, ends))
        else:
            excluded = np.empty(0, dtype=np.int64)
        return TextWords(lowered(text) if self.lowercase else text, starts, ends, excluded)
