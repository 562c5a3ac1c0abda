"""Laws of the word rules."""

from __future__ import annotations

from typing import Any

from spanreg.testing.contract import Law, Subject, hold
from spanreg.testing.material import TEXTS
from spanreg.text.unicode.words import Words

CASES: list[dict[str, Any]] = [{}]


def words_follow_one_another(subject: Subject) -> None:
    """Words are not empty, do not overlap, and do not reach from one text into another."""
    found: Words = subject.make().words_of(TEXTS)
    for text, first, last in zip(TEXTS, found.bounds[:-1], found.bounds[1:], strict=True):
        offsets = list(zip(found.starts[first:last].tolist(), found.ends[first:last].tolist(), strict=True))
        flat = [0, *(offset for pair in offsets for offset in pair), len(text)]
        ordered = flat == sorted(flat) and all(start < end for start, end in offsets)
        hold(ordered, f"the words of {text!r} are at {offsets}")


def no_word_holds_white_space(subject: Subject) -> None:
    """A dictionary joins words by spaces, so that no word may hold one."""
    found: Words = subject.make().words_of(TEXTS)
    wrong = [word for i in range(len(TEXTS)) for word in found.of(i) if any(map(str.isspace, word))]
    hold(not wrong, f"{wrong[:1]} is one word")


def joined_words_are_found_again(subject: Subject) -> None:
    """The words of an n-gram, joined by single spaces, are the words of that text."""
    rule = subject.make()
    for text in TEXTS:
        words = rule.words_of([text]).of(0)
        again = rule.words_of([" ".join(words)]).of(0)
        hold(again == words, f"the words {words} joined by spaces are {again}")


def batch_mates_change_nothing(subject: Subject) -> None:
    """A text alone has the words that it has among others."""
    rule = subject.make()
    together = rule.words_of(TEXTS)
    for i, text in enumerate(TEXTS):
        hold(rule.words_of([text]).of(0) == together.of(i), f"{text!r} alone has other words than in a batch")


def it_says_its_name_and_version(subject: Subject) -> None:
    """The name is that under which the rule is registered; a dictionary finds its rule by it."""
    rule = subject.make()
    hold(isinstance(rule.version, str) and rule.version != "", f"the version is {rule.version!r}, not a string")
    names = [name for name in subject.base.list_available() if subject.base.by_name(name) is subject.cls]
    hold(not names or rule.name in names, f"the name is {rule.name!r}, and the rule is registered as {names}")


LAWS: list[Law] = [
    words_follow_one_another,
    no_word_holds_white_space,
    joined_words_are_found_again,
    batch_mates_change_nothing,
    it_says_its_name_and_version,
]
