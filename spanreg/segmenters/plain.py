"""Segmenters that work without n-grams."""

from __future__ import annotations

from functools import cached_property

from spanreg.dictionaries.base import SpanDictionary, shared_word_rule
from spanreg.registry import ConfigurationError, Inherited
from spanreg.segmenters.base import Segmenter
from spanreg.words import WordRule


class PlainSegmenter(Segmenter):
    """Base class of the segmenters that use no n-grams, and so accept any word rule.

    By default they use the rule of the config's dictionary, so that arms of a study with and without n-grams have the
    same words.

    ``class MySegmenter(PlainSegmenter)`` implements ``begins`` and ``fingerprint`` only.

    Parameters:
        words: word rule; default: that of the dictionary, or ``unicode`` without one.
        dictionary: dictionary whose word rule is used; default: that of the config.
    """

    def __init__(self, words: WordRule | None = None, dictionary: Inherited[SpanDictionary | None] = None) -> None:
        self._named_rule = words
        self._word_rule_source = dictionary

    @cached_property
    def word_rule(self) -> WordRule:
        """Configured word rule, or that of the dictionary."""
        return self._named_rule or shared_word_rule(None, self._word_rule_source)


def rule_of_part(part: Segmenter, named: WordRule | None, key: str) -> WordRule:
    """Return the word rule of an inner segmenter, which must be that of the outer one.

    Args:
        part: the inner segmenter.
        named: configured rule of the outer segmenter; None: any.
        key: key of the inner segmenter in the config.

    Raises:
        ConfigurationError: the two rules differ.
    """
    own = part.word_rule
    if named is not None and named.version != own.version:
        problem = f"has the word rule {own.name!r}, and the segmenter around it {named.name!r}"
        raise ConfigurationError(problem, path=key, hint="set 'words' to the same rule in both")
    return own
