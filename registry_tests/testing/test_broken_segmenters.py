"""Violations of the laws of segmenters: each is reported with its law and the observed behaviour."""

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

# Makes the results of equal calls differ, without random numbers.
CALLS = count(1)


class ValidSegmenter(Segmenter):
    """Segmenter that follows all laws: spans of ``size`` words each. The broken ones derive from it."""

    def __init__(self, size: int = 2) -> None:
        self.size = size

    def begins(self, words: Words) -> NDArray[np.bool_]:
        position_in_text = np.arange(len(words)) - np.repeat(words.bounds[:-1], np.diff(words.bounds))
        begins: NDArray[np.bool_] = position_in_text % self.size == 0
        return begins

    def fingerprint(self) -> str:
        return f"size-{self.size}"


class ListOfBegins(ValidSegmenter):
    def begins(self, words: Words) -> Any:
        return super().begins(words).tolist()


class IntegerBegins(ValidSegmenter):
    def begins(self, words: Words) -> Any:
        return super().begins(words).astype(np.int64)


class OneBeginPerText(ValidSegmenter):
    def begins(self, words: Words) -> NDArray[np.bool_]:
        return np.ones(len(words.texts), np.bool_)


class InconsistentLayers(ValidSegmenter):
    def layered_begins(self, words: Words) -> NDArray[np.bool_]:
        return ~super().layered_begins(words)


class MissingLayer(ValidSegmenter):
    layers = 2  # type: ignore[assignment]


class OmitsFirstWord(ValidSegmenter):
    def begins(self, words: Words) -> NDArray[np.bool_]:
        return ~super().begins(words)


class RejectsEmptyBatches(ValidSegmenter):
    def begins(self, words: Words) -> NDArray[np.bool_]:
        begins = super().begins(words)
        begins[words.bounds[0]] = True
        return begins


class ChangingSpans(ValidSegmenter):
    def begins(self, words: Words) -> NDArray[np.bool_]:
        self.size = next(CALLS)
        return super().begins(words)


class CountsAcrossTexts(ValidSegmenter):
    def begins(self, words: Words) -> NDArray[np.bool_]:
        begins: NDArray[np.bool_] = np.arange(len(words)) % self.size == 0
        begins[words.bounds[:-1][np.diff(words.bounds) > 0]] = True
        return begins


class FingerprintChangesWithUse(ValidSegmenter):
    calls = 0

    def begins(self, words: Words) -> NDArray[np.bool_]:
        self.calls += 1
        return super().begins(words)

    def fingerprint(self) -> str:
        return f"{super().fingerprint()}-{self.calls}"


class RandomFingerprint(ValidSegmenter):
    def fingerprint(self) -> str:
        return f"{next(CALLS)}"


class NoFingerprint(ValidSegmenter):
    def fingerprint(self) -> Any:
        return None


class FingerprintWithoutOption(ValidSegmenter):
    def fingerprint(self) -> str:
        return "constant"


class FingerprintWithoutDictionary(ValidSegmenter):
    def __init__(self, dictionary: Inherited[SpanDictionary]) -> None:
        super().__init__(dictionary.table().num_rows)

    def fingerprint(self) -> str:
        return "constant"


BROKEN = [
    (ListOfBegins, "spans partition the words", "begins returns a list, not an array"),
    (IntegerBegins, "spans partition the words", "begins returns an array of int64, not of bool"),
    (OneBeginPerText, "spans partition the words", "begins returns shape (12,) for"),
    (
        InconsistentLayers,
        "the first segmentation is that of begins",
        "the first layer of layered_begins differs from begins",
    ),
    (MissingLayer, "spans partition the words", "layered_begins returns shape (1, "),
    (OmitsFirstWord, "spans partition the words", "the first word of 'In the end of the day"),
    (
        RejectsEmptyBatches,
        "empty batches are accepted",
        "IndexError: index 0 is out of bounds for axis 0 with size 0 (test_broken_",
    ),
    (ChangingSpans, "results are repeated", "has other spans the second time"),
    (CountsAcrossTexts, "batch mates change nothing", "has other spans alone than in a batch"),
    (FingerprintChangesWithUse, "fingerprints are stable", "the fingerprint changes after use"),
    (RandomFingerprint, "fingerprints are stable", "a second segmenter of the same config has another fingerprint"),
    (NoFingerprint, "fingerprints are stable", "fingerprint returns None, not a string"),
    (
        FingerprintWithoutOption,
        "different spans have different fingerprints",
        "size = 3 changes the spans, but not the fingerprint",
    ),
    (
        FingerprintWithoutDictionary,
        "different spans have different fingerprints",
        "another dictionary changes the spans, but not the",
    ),
]


def test_a_segmenter_that_follows_the_laws_passes() -> None:
    check_component(ValidSegmenter, {"size": 3})


@pytest.mark.parametrize(("cls", "law", "seen"), BROKEN, ids=lambda value: getattr(value, "__name__", None))
def test_a_broken_law_is_reported(cls: type[Any], law: str, seen: str, broken_laws: BrokenLaws) -> None:
    assert seen in broken_laws(cls)[law]


def test_every_law_has_a_violation() -> None:
    # The first three laws are those of all families; test_check.py has their violations.
    assert {law for _, law, _ in BROKEN} == set(laws_of(Segmenter)[3:])
