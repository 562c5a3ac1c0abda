"""What segmenters that look words up in a dictionary have in common."""

from __future__ import annotations

from functools import cached_property

from spanreg.dictionaries.base import SpanDictionary, shared_word_rule
from spanreg.segmenters.base import Segmenter
from spanreg.words import WordRule


class LookupSegmenter(Segmenter):
    """Base of the segmenters that look words up in a dictionary, and so find them by the dictionary's rule.

    Parameters:
        dictionary: the n-grams.
        words: the rule that the config names, for certainty; by default that of the dictionary.
    """

    def __init__(self, dictionary: SpanDictionary, words: WordRule | None = None) -> None:
        self._dictionary = dictionary
        self._named_rule = words

    @cached_property
    def word_rule(self) -> WordRule:
        """The rule of the dictionary.

        Raises:
            ConfigurationError: the config names another one, or the dictionary cannot be made.
        """
        return shared_word_rule(self._named_rule, self._dictionary)
