"""Laws of the segmenters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spanreg.testing.common import variations
from spanreg.testing.contract import Law, Subject, hold
from spanreg.testing.material import TEXTS, Phrases

CASES: list[dict[str, Any]] = [{"dictionary": Phrases()}]

Segmentations = list[list[list[bool]]]
"For each text and each of its segmentations, which words begin a span."


def segmented(segmenter: Any, texts: Sequence[str] = TEXTS) -> Segmentations:
    """The segmentations of each text.

    Raises:
        Broken: ``begins`` or ``layered_begins`` give no array of their shape, or not of truth values.
    """
    words = segmenter.word_rule.words_of(texts)
    begins, layers = segmenter.begins(words), segmenter.layered_begins(words)
    count = len(words)
    shapes = (("begins", begins, (count,)), ("layered_begins", layers, (segmenter.layers, count)))
    for name, found, expected in shapes:
        hold(isinstance(found, np.ndarray), f"{name} gives a {type(found).__name__}, not an array")
        hold(found.dtype == np.bool_, f"{name} gives an array of {found.dtype}, not of truth values")
        hold(found.shape == expected, f"{name} gives shape {found.shape} for {count} words, not {expected}")
    return [[_of(layer, words.bounds, text) for layer in layers] for text in range(len(texts))]


def _of(layer: NDArray[np.bool_], bounds: NDArray[np.int64], text: int) -> list[bool]:
    found: list[bool] = layer[bounds[text] : bounds[text + 1]].tolist()
    return found


def spans_partition_the_words(subject: Subject) -> None:
    """Of every text with words the first one begins a span."""
    segmenter = subject.make()
    for text, layers in zip(TEXTS, segmented(segmenter), strict=True):
        for begins in layers:
            hold(all(begins[:1]), f"the first word of {text!r} begins no span, so it belongs to none")


def the_first_segmentation_is_that_of_begins(subject: Subject) -> None:
    """``layered_begins`` begins with what ``begins`` gives."""
    segmenter = subject.make()
    words = segmenter.word_rule.words_of(TEXTS)
    first = segmenter.layered_begins(words)[0]
    hold(np.array_equal(first, segmenter.begins(words)), "the first of layered_begins is another one than begins")


def no_texts_are_no_spans(subject: Subject) -> None:
    """A batch without texts, or of texts without words, is fine."""
    segmenter = subject.make()
    for texts in ([], [""], [" ", "\n"]):
        segmented(segmenter, texts)


def results_are_repeated(subject: Subject) -> None:
    """The same texts get the same spans, from the same segmenter and from another of its config."""
    one = subject.make()
    first, second, third = segmented(one), segmented(one), segmented(subject.make())
    for text, *results in zip(TEXTS, first, second, third, strict=True):
        hold(results[0] == results[1], f"{text!r} is cut otherwise the second time")
        hold(results[0] == results[2], f"{text!r} is cut otherwise by a second segmenter of the same config")


def batch_mates_change_nothing(subject: Subject) -> None:
    """A text alone, or in another place, gets the spans that it has among others."""
    segmenter = subject.make()
    together = segmented(segmenter)
    for text, expected in zip(TEXTS, together, strict=True):
        hold(segmented(segmenter, [text])[0] == expected, f"{text!r} alone is cut otherwise than in a batch")
    moved = segmented(segmenter, TEXTS[::-1])[::-1]
    wrong = [text for text, one, other in zip(TEXTS, together, moved, strict=True) if one != other]
    hold(not wrong, f"in another order, {wrong[:1]} is cut otherwise")


def fingerprints_are_stable(subject: Subject) -> None:
    """Two segmenters of one config have one fingerprint, a string, before and after work."""
    one, other = subject.make(), subject.make()
    before = one.fingerprint()
    hold(isinstance(before, str) and before != "", f"fingerprint gives {before!r}, not a string")
    hold(before == other.fingerprint(), "a second segmenter of the same config has another fingerprint")
    segmented(one)
    hold(before == one.fingerprint(), "the fingerprint is another one after work")


def fingerprints_tell_results_apart(subject: Subject) -> None:
    """Options and dictionaries that lead to other spans lead to another fingerprint: caches hang on that."""
    plain = subject.make()
    expected = segmented(plain)
    for name, value, other in variations(subject):
        if segmented(other) != expected:
            told = other.fingerprint() != plain.fingerprint()
            hold(told, f"with {name} = {value!r} spans are others, but the fingerprint is the same")
    without = Subject(subject.cls, subject.base, subject.config, {**subject.extras, **OTHER}, subject.tolerance).make()
    if segmented(without) != expected:
        told = without.fingerprint() != plain.fingerprint()
        hold(told, "with another dictionary spans are others, but the fingerprint is the same")


OTHER = {"dictionary": Phrases(("the old man",))}

LAWS: list[Law] = [
    spans_partition_the_words,
    the_first_segmentation_is_that_of_begins,
    no_texts_are_no_spans,
    results_are_repeated,
    batch_mates_change_nothing,
    fingerprints_are_stable,
    fingerprints_tell_results_apart,
]

FORM: list[Law] = [spans_partition_the_words]
