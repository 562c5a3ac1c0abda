"""The rule of words by its former module name; it is in :mod:`spanreg.text.unicode.words`."""

from spanreg.text.unicode.words import WORD_RULE, Words, find_words

__all__ = ["WORD_RULE", "Words", "find_words"]
