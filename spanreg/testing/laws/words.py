"""Laws of word rules."""

from __future__ import annotations

from typing import Any

from spanreg.testing.contract import ComponentCase, Law, require
from spanreg.testing.examples import TEXTS
from spanreg.text.unicode.words import Words

CASES: list[dict[str, Any]] = [{}]


def words_follow_one_another(subject: ComponentCase) -> None:
    """Words are not empty, do not overlap, and do not extend from one text into another."""
    found: Words = subject.make().words_of(TEXTS)
    for text, first, last in zip(TEXTS, found.bounds[:-1], found.bounds[1:], strict=True):
        offsets = list(zip(found.starts[first:last].tolist(), found.ends[first:last].tolist(), strict=True))
        # Ascending offsets from 0 to the end of the text: no word overlaps another or leaves its text.
        flat = [0, *(offset for pair in offsets for offset in pair), len(text)]
        ordered = flat == sorted(flat) and all(start < end for start, end in offsets)
        require(ordered, f"the words of {text!r} are at {offsets}")


def no_word_contains_white_space(subject: ComponentCase) -> None:
    """No word contains white space, since dictionaries join words by spaces."""
    found: Words = subject.make().words_of(TEXTS)
    wrong = [word for i in range(len(TEXTS)) for word in found.of(i) if any(map(str.isspace, word))]
    require(not wrong, f"{wrong[:1]} is one word")


def joined_words_are_found_again(subject: ComponentCase) -> None:
    """The words of an n-gram, joined by single spaces, are the words of that text."""
    rule = subject.make()
    for text in TEXTS:
        words = rule.words_of([text]).of(0)
        again = rule.words_of([" ".join(words)]).of(0)
        require(again == words, f"the words {words} joined by spaces are {again}")


def batch_mates_change_nothing(subject: ComponentCase) -> None:
    """The words of a text do not depend on the other texts of the batch."""
    rule = subject.make()
    together = rule.words_of(TEXTS)
    for i, text in enumerate(TEXTS):
        require(rule.words_of([text]).of(0) == together.of(i), f"{text!r} has other words alone than in a batch")


def name_and_version_are_declared(subject: ComponentCase) -> None:
    """The name is the registered one, by which a dictionary finds its rule; the version is a string."""
    rule = subject.make()
    is_given = isinstance(rule.version, str) and rule.version != ""
    require(is_given, f"the version is {rule.version!r}; give a string that is not empty")
    names = [name for name in subject.base.list_available() if subject.base.by_name(name) is subject.cls]
    require(not names or rule.name in names, f"the name is {rule.name!r}, but the rule is registered as {names}")


LAWS: list[Law] = [
    words_follow_one_another,
    no_word_contains_white_space,
    joined_words_are_found_again,
    batch_mates_change_nothing,
    name_and_version_are_declared,
]
