"""Several segmentations of each text."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from spanreg import storage
from spanreg.registry import ConfigurationError, Items
from spanreg.segmenters.base import Segmenter
from spanreg.text.unicode.words import Words
from spanreg.words import WordRule


@Segmenter.register("multi")
class MultiSegmenter(Segmenter):
    """Several segmentations of each text, for the aggregator ``multi_granularity``; registered as ``multi``.

    The segmentations are in the order of the list; a ``multi`` in the list is replaced by its own segmenters. A
    component that uses one segmentation, such as ``random`` with ``matched_to``, uses the first.

    ``segmenter: { type: 'multi', segmenters: ['max_match', 'single'] }``

    Parameters:
        segmenters: two or more segmenters; each uses the dictionary of the config if it names none.

    Raises:
        ConfigurationError: there are fewer than two segmenters, or their word rules differ.
    """

    # Known to the class, so that `spanreg check` compares it with the aggregator without building anything.
    segmentations: ClassVar[Literal["one", "several"]] = "several"

    def __init__(self, segmenters: Annotated[Sequence[Segmenter], Items(2)]) -> None:
        if len(segmenters) < 2:
            problem = f"expected two or more segmenters, got {len(segmenters)}"
            raise ConfigurationError(problem, path="segmenters", hint="add one, or use the segmenter without 'multi'")
        self._segmenters = segmenters

    @property
    def layers(self) -> int:
        return sum(segmenter.layers for segmenter in self._segmenters)

    @cached_property
    def word_rule(self) -> WordRule:
        """Word rule of all segmenters: one array of words serves all of them.

        Raises:
            ConfigurationError: two of them have different rules.
        """
        first, *others = (segmenter.word_rule for segmenter in self._segmenters)
        for index, rule in enumerate(others, start=1):
            if rule.version != first.version:
                problem = f"has the word rule {rule.name!r}, and the first segmenter {first.name!r}"
                hint = "set 'words' to the same rule in all"
                raise ConfigurationError(problem, path=f"segmenters.{index}", hint=hint)
        return first

    def for_split(self, split: str | None) -> Segmenter:
        return MultiSegmenter([segmenter.for_split(split) for segmenter in self._segmenters])

    def begins(self, words: Words) -> NDArray[np.bool_]:
        return self._segmenters[0].begins(words)

    def layered_begins(self, words: Words) -> NDArray[np.bool_]:
        return np.concatenate([segmenter.layered_begins(words) for segmenter in self._segmenters])

    def fingerprint(self) -> str:
        own = [segmenter.fingerprint() for segmenter in self._segmenters]
        return storage.hash_json({"segmenter": "multi", "segmenters": own})
