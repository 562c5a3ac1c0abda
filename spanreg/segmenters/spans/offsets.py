"""Spans as character offsets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spanreg.segmenters.base import Segmenter
from spanreg.text.unicode.words import Words


class Span(NamedTuple):
    """A run of neighbouring words of one text."""

    start: int
    "Character offset of the first word's first character."
    end: int
    "Character offset after the last word's last character."
    words: int
    "How many words it has."


def segment_texts(segmenter: Segmenter, texts: Sequence[str]) -> list[list[Span]]:
    """The spans of each text, in order; none in a text without words."""
    words = segmenter.word_rule.words_of(texts)
    return spans_of(words, segmenter.begins(words))


def layers_of_texts(segmenter: Segmenter, texts: Sequence[str]) -> list[list[list[Span]]]:
    """The spans of each text by every segmentation of the segmenter: a list of segmentations for each text."""
    words = segmenter.word_rule.words_of(texts)
    layers = [spans_of(words, begins) for begins in segmenter.layered_begins(words)]
    return [list(own) for own in zip(*layers, strict=True)]


def offsets(layers: Sequence[Sequence[Span]], prefix: str = "") -> dict[str, Any]:
    """The segmentations of one text for JSON: ``spans``, the first, as ``[start, end]``; of several all in ``layers``.

    Args:
        layers: what ``layers_of_texts`` gives for the text.
        prefix: stands in front of the names.
    """
    pairs = [[[span.start, span.end] for span in spans] for spans in layers]
    return {f"{prefix}spans": pairs[0], **({f"{prefix}layers": pairs} if len(pairs) > 1 else {})}


def spans_of(words: Words, begins: NDArray[np.bool_]) -> list[list[Span]]:
    """The spans of each text by one segmentation, of which ``begins`` has the shape (words,)."""
    first = np.flatnonzero(begins)
    after = np.append(first[1:], len(words))[: first.size]
    columns = words.starts[first], words.ends[after - 1], after - first
    spans = list(map(Span, *(column.tolist() for column in columns)))
    bounds = np.searchsorted(first, words.bounds).tolist()
    return [spans[bounds[i] : bounds[i + 1]] for i in range(len(words.texts))]
