"""Violations of the laws of word rules: each is reported with its law and the observed behaviour."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pytest

from spanreg.testing import laws_of
from spanreg.text.unicode.utf8 import word_bounds
from spanreg.words import WordRule

BrokenLaws = Callable[..., dict[str, str]]


class LineRule(WordRule):
    """Word rule by which a line is one word, with its spaces; its name is not the registered one."""

    name: ClassVar[str] = "other"
    version: ClassVar[str] = "other-1"

    def bounds(self, text: Any) -> Any:
        ends = np.flatnonzero(text == ord("\n"))
        starts = np.append(0, ends + 1)[: ends.size]
        return starts[ends > starts], ends[ends > starts]


class OverlappingRule(WordRule):
    """Word rule that finds each word, and its first letter as a word of its own."""

    name: ClassVar[str] = "overlapping"
    version: ClassVar[str] = "overlapping-1"

    def bounds(self, text: Any) -> Any:
        starts, ends = word_bounds(text)
        return np.repeat(starts, 2), np.stack([ends, starts + 1], 1).ravel()


class FirstWordDropped(WordRule):
    """Word rule without a version that drops the first word of a batch."""

    name: ClassVar[str] = "first_word_dropped"
    version: ClassVar[str] = ""

    def bounds(self, text: Any) -> Any:
        starts, ends = word_bounds(text)
        return starts[1:], ends[1:]


BROKEN: list[tuple[type[WordRule], str, str]] = [
    (LineRule, "no word contains white space", "is one word"),
    (LineRule, "name and version are declared", "the name is 'other', but the rule is registered as ['lines']"),
    (OverlappingRule, "words follow one another", "the words of "),
    (FirstWordDropped, "name and version are declared", "the version is ''; give a string that is not empty"),
    (FirstWordDropped, "batch mates change nothing", "has other words alone than in a batch"),
    (FirstWordDropped, "joined words are found again", "joined by spaces are"),
]


@pytest.mark.parametrize(("cls", "law", "seen"), BROKEN, ids=lambda value: getattr(value, "__name__", None))
def test_a_broken_law_is_reported(cls: type[WordRule], law: str, seen: str, broken_laws: BrokenLaws) -> None:
    WordRule.register("lines")(LineRule)
    assert seen in broken_laws(cls)[law]


def test_every_law_has_a_violation() -> None:
    # The first three laws are those of all families; test_check.py has their violations.
    assert {law for _, law, _ in BROKEN} == set(laws_of(WordRule)[3:])
