"""Base of the word rules: where the words of a text begin and end."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from spanreg.registry import Registrable
from spanreg.text.unicode.words import Words, find_words


class WordRule(Registrable):
    """Finds the words of texts, independently of any encoder's tokenizer.

    A dictionary records the name and version of its rule, and is used with no other one. Therefore a rule takes no
    options: its name says all about it.

    To add one: subclass, decorate with ``@WordRule.register("my_words")``, set ``name`` and ``version`` and implement
    ``bounds``. Words joined by single spaces must be found again as the same words.
    """

    default_implementation: ClassVar[str | None] = "unicode"

    name: ClassVar[str]
    "The name under which the rule is registered."
    version: ClassVar[str]
    "Changes with the rule's results; a dictionary that was sampled with another version is refused."
    one_spelling: ClassVar[bool] = True
    "Whether spellings of a word that Unicode has several of are looked up as one (``spanreg.text.unicode.spellings``)."

    @abstractmethod
    def bounds(self, text: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the byte offsets of every word's first byte, and of the byte after its last one.

        Args:
            text: valid UTF-8 (surrogates may be encoded) that ends with a line feed or a space, shape: (bytes,).
        """

    def words_of(self, texts: Sequence[str]) -> Words:
        """Return the words of all texts; any string is fine, also an empty one and one with lone surrogates."""
        return find_words(texts, self.bounds, self.version, one_spelling=self.one_spelling)


def default_word_rule() -> WordRule:
    """Return the rule that is used where a config names none."""
    rule: WordRule = WordRule.by_name(str(WordRule.default_implementation))()
    return rule
