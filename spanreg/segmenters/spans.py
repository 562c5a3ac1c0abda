"""Spans as character offsets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from spanreg.segmenters.base import Segmenter
from spanreg.text.words import find_words


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
    words = find_words(texts)
    first = np.flatnonzero(segmenter.begins(words))
    after = np.append(first[1:], len(words))[: first.size]
    columns = words.starts[first], words.ends[after - 1], after - first
    spans = list(map(Span, *(column.tolist() for column in columns)))
    bounds = np.searchsorted(first, words.bounds).tolist()
    return [spans[bounds[i] : bounds[i + 1]] for i in range(len(texts))]
