"""Laws of segmenters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from spanreg.testing.common import variations
from spanreg.testing.contract import ComponentCase, Law, require
from spanreg.testing.examples import TEXTS, PhraseDictionary

CASES: list[dict[str, Any]] = [{"dictionary": PhraseDictionary()}]

OTHER = {"dictionary": PhraseDictionary(("the old man",))}
"Another dictionary, which segments some of the texts differently."

Segmentations = list[list[list[bool]]]
"For each text and each segmentation, whether each word begins a span."


def segmented(segmenter: Any, texts: Sequence[str] = TEXTS) -> Segmentations:
    """Return the segmentations of each text.

    Raises:
        LawViolation: ``begins`` or ``layered_begins`` does not return a bool array of the right shape.
    """
    words = segmenter.word_rule.words_of(texts)
    begins, layers = segmenter.begins(words), segmenter.layered_begins(words)
    count = len(words)
    shapes = (("begins", begins, (count,)), ("layered_begins", layers, (segmenter.layers, count)))
    for name, found, expected in shapes:
        require(isinstance(found, np.ndarray), f"{name} returns a {type(found).__name__}, not an array")
        require(found.dtype == np.bool_, f"{name} returns an array of {found.dtype}, not of bool")
        require(found.shape == expected, f"{name} returns shape {found.shape} for {count} words, not {expected}")
    words_of_texts = [slice(first, last) for first, last in pairwise(words.bounds.tolist())]
    return [[layer[own].tolist() for layer in layers] for own in words_of_texts]


def spans_partition_the_words(subject: ComponentCase) -> None:
    """The first word of every text begins a span."""
    segmenter = subject.make()
    for text, layers in zip(TEXTS, segmented(segmenter), strict=True):
        for begins in layers:
            # Every later word belongs to the span that began last, so that this word decides.
            require(all(begins[:1]), f"the first word of {text!r} begins no span, so it belongs to none")


def the_first_segmentation_is_that_of_begins(subject: ComponentCase) -> None:
    """The first layer of ``layered_begins`` equals ``begins``."""
    segmenter = subject.make()
    words = segmenter.word_rule.words_of(TEXTS)
    first = segmenter.layered_begins(words)[0]
    require(np.array_equal(first, segmenter.begins(words)), "the first layer of layered_begins differs from begins")


def empty_batches_are_accepted(subject: ComponentCase) -> None:
    """A batch may have no texts, or texts without words."""
    segmenter = subject.make()
    for texts in ([], [""], [" ", "\n"]):
        segmented(segmenter, texts)


def results_are_repeated(subject: ComponentCase) -> None:
    """The spans of a text are reproducible, with the same segmenter and with another one of the same config."""
    one = subject.make()
    first, second, third = segmented(one), segmented(one), segmented(subject.make())
    for text, *results in zip(TEXTS, first, second, third, strict=True):
        require(results[0] == results[1], f"{text!r} has other spans the second time")
        require(results[0] == results[2], f"{text!r} has other spans with a second segmenter of the same config")


def batch_mates_change_nothing(subject: ComponentCase) -> None:
    """The spans of a text do not depend on the other texts of the batch and on their order."""
    segmenter = subject.make()
    together = segmented(segmenter)
    for text, expected in zip(TEXTS, together, strict=True):
        require(segmented(segmenter, [text])[0] == expected, f"{text!r} has other spans alone than in a batch")
    # Reversed, so that a state that runs on from text to text meets other texts.
    moved = segmented(segmenter, TEXTS[::-1])[::-1]
    wrong = [text for text, one, other in zip(TEXTS, together, moved, strict=True) if one != other]
    require(not wrong, f"in another order, {wrong[:1]} has other spans")


def fingerprints_are_stable(subject: ComponentCase) -> None:
    """Segmenters of the same config have the same fingerprint, a string, before and after use."""
    one, other = subject.make(), subject.make()
    before = one.fingerprint()
    require(isinstance(before, str) and before != "", f"fingerprint returns {before!r}, not a string")
    require(before == other.fingerprint(), "a second segmenter of the same config has another fingerprint")
    segmented(one)
    require(before == one.fingerprint(), "the fingerprint changes after use")


def different_spans_have_different_fingerprints(subject: ComponentCase) -> None:
    """Options and dictionaries that change the spans change the fingerprint, on which caches depend."""
    plain = subject.make()
    expected = segmented(plain)
    for name, value, other in variations(subject):
        if segmented(other) != expected:
            is_detected = other.fingerprint() != plain.fingerprint()
            require(is_detected, f"{name} = {value!r} changes the spans, but not the fingerprint")
    without = ComponentCase(
        subject.cls, subject.base, subject.config, {**subject.extras, **OTHER}, subject.tolerance
    ).make()
    if segmented(without) != expected:
        is_detected = without.fingerprint() != plain.fingerprint()
        require(is_detected, "another dictionary changes the spans, but not the fingerprint")


LAWS: list[Law] = [
    spans_partition_the_words,
    the_first_segmentation_is_that_of_begins,
    empty_batches_are_accepted,
    results_are_repeated,
    batch_mates_change_nothing,
    fingerprints_are_stable,
    different_spans_have_different_fingerprints,
]

FORM: list[Law] = [spans_partition_the_words]
