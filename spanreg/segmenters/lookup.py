"""Segmenters that look up n-grams in a dictionary."""

from __future__ import annotations

from functools import cached_property

from spanreg.dictionaries.base import SpanDictionary, shared_word_rule
from spanreg.registry import within
from spanreg.registry.provenance import path_of
from spanreg.segmenters.base import Segmenter
from spanreg.words import WordRule


class LookupSegmenter(Segmenter):
    """Base class of the segmenters that look up n-grams, and so need the word rule of the dictionary.

    ``class MySegmenter(LookupSegmenter)`` implements ``begins`` and ``fingerprint`` only.

    Parameters:
        dictionary: dictionary of n-grams.
        words: expected word rule; default: that of the dictionary.
    """

    def __init__(self, dictionary: SpanDictionary, words: WordRule | None = None) -> None:
        self._dictionary = dictionary
        self._named_rule = words

    @cached_property
    def word_rule(self) -> WordRule:
        """Word rule of the dictionary.

        Raises:
            ConfigurationError: the config names another rule, or the dictionary cannot be created.
        """
        # The rule is compared when texts are read, long after construction: the message needs its key.
        with within(path_of(self)):
            return shared_word_rule(self._named_rule, self._dictionary)
