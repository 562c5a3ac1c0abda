"""Several segmentations of one text side by side."""

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
    """Cuts every text in several ways, for a model that weighs them: the aggregator ``multi_granularity``.

    The segmentations stay in the order of the list, and each partitions the words by itself. The layers of a ``multi``
    in the list stand where it stands, as if they had been written there. Where a single segmentation is asked for (as
    ``matched_to`` of ``random``), it is the first.
    Registered as ``multi``.

    Parameters:
        segmenters: two or more; each takes the dictionary of the config if it names none.

    Raises:
        ConfigurationError: fewer than two segmenters, or some whose words are found by different rules.
    """

    segmentations: ClassVar[Literal["one", "several"]] = "several"

    def __init__(self, segmenters: Annotated[Sequence[Segmenter], Items(2)]) -> None:
        if len(segmenters) < 2:
            problem = f"several segmentations are asked for, and {len(segmenters) or 'no'} segmenter is given"
            raise ConfigurationError(problem, path="segmenters", hint="give two or more, or one without 'multi'")
        self._segmenters = segmenters

    @property
    def layers(self) -> int:
        return sum(segmenter.layers for segmenter in self._segmenters)

    @cached_property
    def word_rule(self) -> WordRule:
        """The rule that all segmenters share."""
        first, *others = (segmenter.word_rule for segmenter in self._segmenters)
        for place, rule in enumerate(others, start=1):
            if rule.version != first.version:
                problem = f"finds words by {rule.name!r}, and the first one by {first.name!r}"
                raise ConfigurationError(problem, path=f"segmenters.{place}", hint="give both the same words")
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
