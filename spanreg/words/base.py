"""Base class of the word rules, which split texts into words."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from spanreg.registry import Registrable
from spanreg.text.unicode.words import Words, find_words


class WordRule(Registrable):
    """Rule that splits texts into words, independently of any encoder's tokenizer, so that one dictionary serves all.

    A dictionary records the name and version of its rule, and is used with that rule only. Therefore a rule has no
    options: its name identifies it completely.

    To add one: subclass, decorate with ``@WordRule.register("my_words")``, set ``name`` and ``version`` and implement
    ``bounds``. Words joined by single spaces must be found again as the same words.

    Example: ``WordRule.by_name("unicode")().words_of(["kick the bucket"]).of(0)``.
    """

    default_implementation: ClassVar[str | None] = "unicode"

    name: ClassVar[str]
    "Registered name of the rule."
    version: ClassVar[str]
    "Name and version; change it when the results of the rule change: dictionaries of another version are rejected."
    one_spelling: ClassVar[bool] = True
    "Whether look-ups unify the spellings that Unicode has for a word (``spanreg.text.unicode.spellings``)."

    @abstractmethod
    def bounds(self, text: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the byte offsets of every word's first byte, and of the byte after its last one.

        Bytes and not characters: texts of a whole batch are one array, on which NumPy works without Python strings.

        Args:
            text: valid UTF-8 (surrogates may be encoded) that ends with a line feed or a space, shape: (bytes,).

        Returns:
            Two arrays of shape: (words,). No word contains a line feed or a space.
        """

    def words_of(self, texts: Sequence[str]) -> Words:
        """Return the words of texts; every string is valid, including ones that are empty or have lone surrogates."""
        return find_words(texts, self.bounds, self.version, one_spelling=self.one_spelling)


def default_word_rule() -> WordRule:
    """Return the word rule to use if a config names none."""
    # By its name and not imported: the module of the rule imports this one.
    rule: WordRule = WordRule.by_name(str(WordRule.default_implementation))()
    return rule
