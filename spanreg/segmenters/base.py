"""Base of the segmenters: words to spans."""

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
    """Cuts every text into spans that partition its words.

    A segmentation is a boolean array over the words of all texts: True where a word begins a span. As long as the first
    word of each text is True, such an array cannot be anything but a partition: no word is missing, none is shared.

    To add one: subclass, decorate with ``@Segmenter.register("my_segmenter")`` and implement ``begins`` and
    ``fingerprint``. It is given words of the rule ``unicode``, unless it overrides ``word_rule``; the base classes
    ``LookupSegmenter`` and ``PlainSegmenter`` take the rule of the dictionary. One that gives several segmentations of
    each text (``multi``) says so by ``segmentations`` and ``layers``, and implements ``layered_begins``, too.
    """

    default_implementation: ClassVar[str | None] = None
    handed_down: ClassVar[tuple[str, ...] | None] = ("dictionary", "data")
    neutral: ClassVar[str] = "single"
    words_by_default: ClassVar[str | None] = None
    "The word rule that is used where a config names none; None: that of the dictionary."
    segmentations: ClassVar[Literal["one", "several"]] = "one"
    "How many segmentations of a text it gives; ``several`` asks for an aggregator that takes them."

    @property
    def layers(self) -> int:
        """The number of segmentations."""
        return 1

    @property
    def word_rule(self) -> WordRule:
        """The rule by which the words that ``begins`` takes are found; ``unicode`` by default."""
        return default_word_rule()

    def for_split(self, split: str | None) -> Segmenter:
        """Return the segmenter of the texts of one split; itself, unless it treats splits differently.

        Args:
            split: name of the split; None for texts that belong to none, such as those of ``spanreg predict``.
        """
        return self

    @abstractmethod
    def begins(self, words: Words) -> NDArray[np.bool_]:
        """Which words begin a span, shape: (words,), over all texts of the batch.

        The result for a text depends on that text alone, never on its batch mates.
        """

    def layered_begins(self, words: Words) -> NDArray[np.bool_]:
        """Every segmentation, shape: (layers, words); the first is that of ``begins``."""
        return np.asarray(self.begins(words))[None]

    @abstractmethod
    def fingerprint(self) -> str:
        """A hash of all that the result depends on: options, dictionary content, version of the rule."""
