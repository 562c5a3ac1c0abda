"""What segmenters that look nothing up have in common."""

from __future__ import annotations

from functools import cached_property

from spanreg.dictionaries.base import SpanDictionary, shared_word_rule
from spanreg.registry import ConfigurationError, Inherited
from spanreg.segmenters.base import Segmenter
from spanreg.words import WordRule


class PlainSegmenter(Segmenter):
    """Base of the segmenters that look nothing up, and so go with words of any rule.

    Parameters:
        words: the rule by which words are found; by default that of the dictionary, or ``unicode`` where there is none.
        dictionary: gives the rule and nothing else; that of the config by default.
    """

    def __init__(self, words: WordRule | None = None, dictionary: Inherited[SpanDictionary | None] = None) -> None:
        self._named_rule = words
        self._rule_giver = dictionary

    @cached_property
    def word_rule(self) -> WordRule:
        """The rule that the config names, or that of the dictionary."""
        return self._named_rule or shared_word_rule(None, self._rule_giver)


def rule_of_part(part: Segmenter, named: WordRule | None, key: str) -> WordRule:
    """Return the word rule of a segmenter that another one is made of.

    Args:
        part: the inner segmenter.
        named: the rule that the outer one's config names; None: none.
        key: what the config calls the inner segmenter.

    Raises:
        ConfigurationError: the two rules differ.
    """
    own = part.word_rule
    if named is not None and named.version != own.version:
        problem = f"finds words by {own.name!r}, and the segmenter that it belongs to by {named.name!r}"
        raise ConfigurationError(problem, path=key, hint="give both the same words")
    return own
