"""Base class of the segmenters, which split the words of a text into spans."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from spanreg.registry import Registrable
from spanreg.text.unicode.words import Words
from spanreg.words import WordRule
from spanreg.words.base import default_word_rule


class Segmenter(Registrable):
    """Rule that splits every text into spans, which partition its words.

    A segmentation is a boolean array over the words of all texts: True if a word begins a span. Every array in which
    the first word of each text is True is a valid partition: no other check is needed.

    ``segmenter: { type: 'max_match', direction: 'forward' }``

    To add one: subclass, decorate with ``@Segmenter.register("my_segmenter")`` and implement ``begins`` and
    ``fingerprint``. It gets words of the rule ``unicode`` unless it overrides ``word_rule``; the base classes
    ``LookupSegmenter`` and ``PlainSegmenter`` use the rule of the dictionary. A segmenter with several segmentations of
    each text sets ``segmentations`` and ``layers``, and also implements ``layered_begins``.
    """

    default_implementation: ClassVar[str | None] = None
    handed_down: ClassVar[tuple[str, ...] | None] = ("dictionary", "data")
    neutral: ClassVar[str] = "single"
    words_by_default: ClassVar[str | None] = None
    "Registered name of the word rule if a config names none; None: that of the dictionary."
    segmentations: ClassVar[Literal["one", "several"]] = "one"
    "Number of segmentations of each text; ``several`` needs an aggregator that accepts them."

    @property
    def layers(self) -> int:
        """Number of segmentations of each text."""
        return 1

    @property
    def word_rule(self) -> WordRule:
        """Rule of the words that ``begins`` expects; ``unicode`` by default."""
        return default_word_rule()

    def for_split(self, split: str | None) -> Segmenter:
        """Return the segmenter for the texts of a split: itself, unless it treats splits differently.

        Args:
            split: name of the split; None for texts without a split, such as those of ``spanreg predict``.
        """
        return self

    @abstractmethod
    def begins(self, words: Words) -> NDArray[np.bool_]:
        """Return True for each word that begins a span, over all texts of the batch, shape: (words,).

        The result for a text must not depend on other texts of the batch, which differ between preparation and
        prediction.

        Args:
            words: words of the batch, by ``word_rule``.
        """

    def layered_begins(self, words: Words) -> NDArray[np.bool_]:
        """Return all segmentations, shape: (layers, words); the first is the result of ``begins``."""
        return np.asarray(self.begins(words))[None]

    @abstractmethod
    def fingerprint(self) -> str:
        """Return a hash of everything that determines the result: options, dictionary content, word rule version."""
