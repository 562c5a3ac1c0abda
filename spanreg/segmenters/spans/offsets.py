"""Spans as character offsets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spanreg.segmenters.base import Segmenter
from spanreg.text.unicode.words import Words


class Span(NamedTuple):
    """Run of one or more neighbouring words of a text, by character offsets.

    ``Span(start=0, end=8, words=2)``
    """

    start: int
    "Offset of the first character."
    end: int
    "Offset after the last character."
    words: int
    "Number of words."


def segment_texts(segmenter: Segmenter, texts: Sequence[str]) -> list[list[Span]]:
    """Return the spans of each text in order; a text without words has none.

    ``segment_texts(segmenter, ["They kicked the bucket."])[0]``
    """
    words = segmenter.word_rule.words_of(texts)
    return spans_of(words, segmenter.begins(words))


def layers_of_texts(segmenter: Segmenter, texts: Sequence[str]) -> list[list[list[Span]]]:
    """Return, for each text, the spans of every segmentation of the segmenter."""
    words = segmenter.word_rule.words_of(texts)
    layers = [spans_of(words, begins) for begins in segmenter.layered_begins(words)]
    return [list(own) for own in zip(*layers, strict=True)]


def offsets(layers: Sequence[Sequence[Span]], prefix: str = "") -> dict[str, Any]:
    """Return the segmentations of a text for JSON: ``spans``, the first one, and ``layers``, if there are several.

    Args:
        layers: spans of every segmentation of the text, from ``layers_of_texts``.
        prefix: prefix of the keys.
    """
    pairs = [[[span.start, span.end] for span in spans] for spans in layers]
    return {f"{prefix}spans": pairs[0], **({f"{prefix}layers": pairs} if len(pairs) > 1 else {})}


def spans_of(words: Words, begins: NDArray[np.bool_]) -> list[list[Span]]:
    """Return the spans of each text, given one segmentation; ``begins`` has shape: (words,)."""
    first = np.flatnonzero(begins)
    after = np.append(first[1:], len(words))[: first.size]  # the word after each span
    columns = words.starts[first], words.ends[after - 1], after - first
    spans = list(map(Span, *(column.tolist() for column in columns)))
    bounds = np.searchsorted(first, words.bounds).tolist()  # spans of text i: bounds[i] to bounds[i + 1]
    return [spans[bounds[i] : bounds[i + 1]] for i in range(len(words.texts))]
