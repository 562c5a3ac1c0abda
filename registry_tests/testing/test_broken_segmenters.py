"""A segmenter that breaks a law is reported, for the right reason."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from spanreg.dictionaries import SpanDictionary
from spanreg.registry import Inherited
from spanreg.segmenters import Segmenter
from spanreg.testing import check_component, laws_of
from spanreg.text.unicode.words import Words

BrokenLaws = Callable[..., dict[str, str]]

NOISE = count(1)


class Sound(Segmenter):
    """Spans of a number of words each; the base of the broken segmenters."""

    def __init__(self, size: int = 2) -> None:
        self.size = size

    def begins(self, words: Words) -> NDArray[np.bool_]:
        places = np.arange(len(words)) - np.repeat(words.bounds[:-1], np.diff(words.bounds))
        begins: NDArray[np.bool_] = places % self.size == 0
        return begins

    def fingerprint(self) -> str:
        return f"sound-{self.size}"


class GivesAList(Sound):
    def begins(self, words: Words) -> Any:
        return super().begins(words).tolist()


class GivesNumbers(Sound):
    def begins(self, words: Words) -> Any:
        return super().begins(words).astype(np.int64)


class OnePerText(Sound):
    def begins(self, words: Words) -> NDArray[np.bool_]:
        return np.ones(len(words.texts), np.bool_)


class OtherLayers(Sound):
    def layered_begins(self, words: Words) -> NDArray[np.bool_]:
        return ~super().layered_begins(words)


class TwoLayers(Sound):
    layers = 2  # type: ignore[assignment]


class LosesTheFirstWord(Sound):
    def begins(self, words: Words) -> NDArray[np.bool_]:
        return ~super().begins(words)


class WantsWords(Sound):
    def begins(self, words: Words) -> NDArray[np.bool_]:
        begins = super().begins(words)
        begins[words.bounds[0]] = True
        return begins


class Drifts(Sound):
    def begins(self, words: Words) -> NDArray[np.bool_]:
        self.size = next(NOISE)
        return super().begins(words)


class RunsOn(Sound):
    def begins(self, words: Words) -> NDArray[np.bool_]:
        begins: NDArray[np.bool_] = np.arange(len(words)) % self.size == 0
        begins[words.bounds[:-1][np.diff(words.bounds) > 0]] = True
        return begins


class CountsItsWork(Sound):
    done = 0

    def begins(self, words: Words) -> NDArray[np.bool_]:
        self.done += 1
        return super().begins(words)

    def fingerprint(self) -> str:
        return f"{super().fingerprint()}-{self.done}"


class NamesItself(Sound):
    def fingerprint(self) -> str:
        return f"{next(NOISE)}"


class NoFingerprint(Sound):
    def fingerprint(self) -> Any:
        return None


class ForgetsItsOption(Sound):
    def fingerprint(self) -> str:
        return "sound"


class ForgetsItsDictionary(Sound):
    def __init__(self, dictionary: Inherited[SpanDictionary]) -> None:
        super().__init__(dictionary.table().num_rows)

    def fingerprint(self) -> str:
        return "sound"


BROKEN = [
    (GivesAList, "spans partition the words", "begins returns a list, not an array"),
    (GivesNumbers, "spans partition the words", "begins returns an array of int64, not of bool"),
    (OnePerText, "spans partition the words", "begins returns shape (12,) for"),
    (OtherLayers, "the first segmentation is that of begins", "the first layer of layered_begins differs from begins"),
    (TwoLayers, "spans partition the words", "layered_begins returns shape (1, "),
    (LosesTheFirstWord, "spans partition the words", "the first word of 'In the end of the day"),
    (
        WantsWords,
        "empty batches are accepted",
        "IndexError: index 0 is out of bounds for axis 0 with size 0 (test_broken_",
    ),
    (Drifts, "results are repeated", "has other spans the second time"),
    (RunsOn, "batch mates change nothing", "has other spans alone than in a batch"),
    (CountsItsWork, "fingerprints are stable", "the fingerprint changes after use"),
    (NamesItself, "fingerprints are stable", "a second segmenter of the same config has another fingerprint"),
    (NoFingerprint, "fingerprints are stable", "fingerprint returns None, not a string"),
    (
        ForgetsItsOption,
        "different spans have different fingerprints",
        "size = 3 changes the spans, but not the fingerprint",
    ),
    (
        ForgetsItsDictionary,
        "different spans have different fingerprints",
        "another dictionary changes the spans, but not the",
    ),
]


def test_the_one_that_they_depart_from_is_sound() -> None:
    check_component(Sound, {"size": 3})


@pytest.mark.parametrize(("cls", "law", "seen"), BROKEN, ids=lambda value: getattr(value, "__name__", None))
def test_is_told(cls: type[Any], law: str, seen: str, broken_laws: BrokenLaws) -> None:
    assert seen in broken_laws(cls)[law]


def test_every_law_is_tried() -> None:
    assert {law for _, law, _ in BROKEN} == set(laws_of(Segmenter)[3:])
