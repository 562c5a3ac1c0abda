"""Spans that stand in a file beside their texts."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from spanreg import storage
from spanreg.dictionaries.base import SpanDictionary
from spanreg.packages import resolve_path
from spanreg.registry import Attached, ConfigurationError, Inherited
from spanreg.segmenters.base import Segmenter
from spanreg.segmenters.plain import PlainSegmenter, rule_of_part
from spanreg.segmenters.spans.gold_spans import SpanFile, shortened
from spanreg.text.unicode.forms import unlike
from spanreg.text.unicode.words import Words
from spanreg.words import WordRule


@Segmenter.register("gold")
class GoldSegmenter(PlainSegmenter):
    """Takes the spans of each text from a column of a data file: from annotators, or from any tool that was run before.

    Two neighbouring words are in one span if a span of the file holds both, from the first character of the one to the
    last of the other; whatever no span holds is a span of its own, word by word. Words are never cut: of spans that
    begin or end inside one a warning is logged. Texts are found by their content, so that it does not matter in which
    order, split or column of a pair they come. Lines of ``spanreg segment --json`` are such a file. A run folder holds
    a copy of it, so that the run can be loaded when the file has gone.
    Registered as ``gold``.

    Parameters:
        path: JSON lines (also ``.gz`` and ``.zst``) or Parquet, from the working folder on, or ``pkg:package/file``.
        text_column: the texts; ``text`` by default.
        spans_column: for each text its spans as ``[start, end]`` in characters; they must not overlap. ``spans`` by
            default.
        otherwise: cuts the texts that the file does not hold; by default these are an error.
        words: the rule by which words are found; by default that of ``otherwise``, then that of the dictionary, or
            ``unicode`` where there is none.
        dictionary: gives the word rule and nothing else; that of the config by default.

    Raises:
        ConfigurationError: the file is missing or damaged, or lacks a column; offsets are no whole numbers, lie outside
            their text, overlap, or count UTF-16 units or bytes; one text has two different segmentations; a text is not
            in the file and there is no ``otherwise``; this has another word rule than ``words``.
    """

    def __init__(
        self,
        path: Annotated[str, Attached()],
        text_column: str = "text",
        spans_column: str = "spans",
        otherwise: Segmenter | None = None,
        words: WordRule | None = None,
        dictionary: Inherited[SpanDictionary | None] = None,
    ) -> None:
        super().__init__(words, dictionary)
        self._path = resolve_path(path, "path")
        self._columns = (text_column, spans_column)
        self._otherwise = otherwise
        self._known: dict[str, NDArray[np.bool_]] | None = None

    @cached_property
    def word_rule(self) -> WordRule:
        """The rule that the config names, or that of ``otherwise`` or the dictionary."""
        if self._otherwise is None:
            return super().word_rule
        return rule_of_part(self._otherwise, self._named_rule, "otherwise")

    def for_split(self, split: str | None) -> Segmenter:
        if self._otherwise is None:
            return self
        own = copy(self)
        own._otherwise = self._otherwise.for_split(split)
        return own

    def begins(self, words: Words) -> NDArray[np.bool_]:
        if self._known is None:
            self._known = self._read()
        found = [self._known.get(text) for text in words.texts]
        missing = [text for text, own in zip(words.texts, found, strict=True) if own is None]
        if not missing:
            return np.concatenate([np.empty(0, dtype=np.bool_), *(own for own in found if own is not None)])
        if self._otherwise is None:
            raise self._unknown_texts(missing)
        begins = self._otherwise.begins(words).copy()
        for own, first in zip(found, words.bounds[:-1].tolist(), strict=True):
            if own is not None:
                begins[first : first + own.size] = own
        return begins

    def fingerprint(self) -> str:
        return storage.hash_json(
            {
                "segmenter": "gold",
                "file": storage.hash_file(self._path) if self._path.is_file() else None,
                "columns": list(self._columns),
                "otherwise": None if self._otherwise is None else self._otherwise.fingerprint(),
                "word_rule": self.word_rule.version,
            }
        )

    def _read(self) -> dict[str, NDArray[np.bool_]]:
        """Return, for each text of the file, which of its words begin a span."""
        if not self._path.is_file():
            hint = f"relative paths begin at {Path.cwd()}"
            raise ConfigurationError(f"{str(self._path)!r} does not exist", path="path", hint=hint)
        file = SpanFile(self._path, *self._columns)
        words = self.word_rule.words_of(list(file.spans))
        file.check_alignment(words)
        return {text: begins_of_spans(words, i, offsets) for i, (text, offsets) in enumerate(file.spans.items())}

    def _unknown_texts(self, missing: Sequence[str]) -> ConfigurationError:
        problem = f"{self._path} holds no spans of the text {shortened(missing[0])}, and of {len(missing)} in all"
        hint = "add them, or say by 'otherwise' how they are cut"
        near = unlike(missing[0], self._known or ())
        if near:
            hint = f"it has {shortened(near[0])}, which differs only in {near[1]}. {hint}"
        return ConfigurationError(problem, path="path", hint=hint)


def begins_of_spans(words: Words, i: int, offsets: Sequence[tuple[int, int]]) -> NDArray[np.bool_]:
    """Which words of text i begin a span, given the spans in their order, in characters, shape: (its words,)."""
    own = slice(int(words.bounds[i]), int(words.bounds[i + 1]))
    starts, ends = words.starts[own], words.ends[own]
    begins = np.ones(starts.size, dtype=np.bool_)
    if offsets and starts.size:
        bounds = np.asarray(offsets)
        holder = np.searchsorted(bounds[:, 0], starts, side="right") - 1
        held = (holder >= 0) & (ends <= bounds[holder, 1])
        begins[1:] = ~(held[1:] & held[:-1] & (holder[1:] == holder[:-1]))
    return begins
