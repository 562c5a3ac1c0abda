"""Word rules that break the laws of their family, with the report of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from spanreg.text.unicode.utf8 import word_bounds
from spanreg.words import WordRule

BrokenLaws = Callable[..., dict[str, str]]


class Lines(WordRule):
    """Every line of words is one word, with its spaces."""

    name: ClassVar[str] = "other"
    version: ClassVar[str] = ""

    def bounds(self, text: Any) -> Any:
        ends = np.flatnonzero(text == ord("\n"))
        starts = np.append(0, ends + 1)[: ends.size]
        return starts[ends > starts], ends[ends > starts]


class Letters(WordRule):
    """Every letter is a word; where a word begins, the whole of it is one, too."""

    name: ClassVar[str] = "letters"
    version: ClassVar[str] = "letters-1"

    def bounds(self, text: Any) -> Any:
        starts, ends = word_bounds(text)
        return np.repeat(starts, 2), np.stack([ends, starts + 1], 1).ravel()


class Capricious(WordRule):
    """Drops the first word of everything that it is given."""

    name: ClassVar[str] = "capricious"
    version: ClassVar[str] = "capricious-1"

    def bounds(self, text: Any) -> Any:
        starts, ends = word_bounds(text)
        return starts[1:], ends[1:]


def test_words_with_spaces(broken_laws: BrokenLaws) -> None:
    WordRule.register("lines")(Lines)
    seen = broken_laws(Lines)
    assert "is one word" in seen["no word contains white space"]
    assert seen["name and version are declared"] == "the version is '', not a string"


def test_words_that_overlap(broken_laws: BrokenLaws) -> None:
    assert "the words of " in broken_laws(Letters)["words follow one another"]


def test_words_that_depend_on_other_texts(broken_laws: BrokenLaws) -> None:
    seen = broken_laws(Capricious)
    assert "has other words alone than in a batch" in seen["batch mates change nothing"]
    assert "joined by spaces are" in seen["joined words are found again"]
