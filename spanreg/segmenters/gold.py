"""Spans from a data file."""

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
from spanreg.text.unicode.look_alikes import find_look_alike
from spanreg.text.unicode.words import Words
from spanreg.words import WordRule


@Segmenter.register("gold")
class GoldSegmenter(PlainSegmenter):
    """Spans from a column of a data file, from annotators or from another tool; registered as ``gold``.

    Neighbouring words are in one span if a span of the file contains both completely; every other word is a span of its
    own. Words are never split: spans that begin or end within a word cause a warning. Texts are looked up by their
    content, in any order, split or column of a pair. The output of ``spanreg segment --json`` is such a file. A run
    folder gets a copy of it, so that the run can be loaded without the original.

    ``segmenter: { type: 'gold', path: 'spans.jsonl', otherwise: { type: 'max_match' } }``

    Parameters:
        path: JSON lines (also ``.gz`` and ``.zst``) or Parquet, relative to the working directory, or
            ``pkg:package/file``.
        text_column: column of the texts; default ``text``.
        spans_column: column of the spans, for each text a list of ``[start, end]`` in characters without overlaps;
            default ``spans``.
        otherwise: segmenter for texts that are not in the file; default: these are an error.
        words: word rule; default: that of ``otherwise``, or of the dictionary, or ``unicode`` without both.
        dictionary: dictionary whose word rule is used; default: that of the config.

    Raises:
        ConfigurationError: the file is missing or damaged, or lacks a column; offsets are not integers, exceed their
            text, overlap, or count UTF-16 units or bytes; a text has two different segmentations; a text is not in the
            file and there is no ``otherwise``; or ``otherwise`` has another word rule than ``words``.
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
        """Configured word rule, or that of ``otherwise``, or that of the dictionary."""
        if self._otherwise is None:
            return super().word_rule
        return rule_of_part(self._otherwise, self._named_rule, "otherwise")

    def for_split(self, split: str | None) -> Segmenter:
        if self._otherwise is None:
            return self
        # A copy shares the spans of the file if they were read already.
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
            raise self._unknown_texts(missing, len(words.texts))
        # The whole batch goes to the other segmenter, and known texts replace its result: a batch of the missing texts
        # would have to be built first. The copy protects an array that the other segmenter may keep.
        begins = self._otherwise.begins(words).copy()
        for own, first in zip(found, words.bounds[:-1].tolist(), strict=True):
            if own is not None:
                begins[first : first + own.size] = own
        return begins

    def fingerprint(self) -> str:
        return storage.hash_json(
            {
                "segmenter": "gold",
                # By content, so that the copy in a run folder has the same fingerprint. A missing file is reported
                # when texts are segmented, with a hint.
                "file": storage.hash_file(self._path) if self._path.is_file() else None,
                "columns": list(self._columns),
                "otherwise": None if self._otherwise is None else self._otherwise.fingerprint(),
                "word_rule": self.word_rule.version,
            }
        )

    def _read(self) -> dict[str, NDArray[np.bool_]]:
        """Return, for each text of the file, True for each word that begins a span."""
        if not self._path.is_file():
            hint = f"relative paths start at {Path.cwd()}"
            raise ConfigurationError(f"{str(self._path)!r} does not exist", path="path", hint=hint)
        file = SpanFile(self._path, *self._columns)
        words = self.word_rule.words_of(list(file.spans))
        file.check_alignment(words)
        return {text: begins_of_spans(words, i, offsets) for i, (text, offsets) in enumerate(file.spans.items())}

    def _unknown_texts(self, missing: Sequence[str], total: int) -> ConfigurationError:
        """Return the error for texts that are not in the file."""
        problem = f"{self._path} has no spans for {len(missing)} of {total} texts, such as {shortened(missing[0])}"
        hint = "add them, or set 'otherwise' to a segmenter for such texts"
        near = find_look_alike(missing[0], self._known or ())
        if near:
            hint = f"it has {shortened(near[0])}, which differs only in {near[1]}. {hint}"
        return ConfigurationError(problem, path="path", hint=hint)


def begins_of_spans(words: Words, i: int, offsets: Sequence[tuple[int, int]]) -> NDArray[np.bool_]:
    """Return True for each word of text i that begins a span; ``offsets`` are ascending, in characters."""
    own = slice(int(words.bounds[i]), int(words.bounds[i + 1]))
    starts, ends = words.starts[own], words.ends[own]
    begins = np.ones(starts.size, dtype=np.bool_)
    if offsets and starts.size:
        bounds = np.asarray(offsets)  # shape: (spans, 2)
        holder = np.searchsorted(bounds[:, 0], starts, side="right") - 1  # the last span that starts before each word
        held = (holder >= 0) & (ends <= bounds[holder, 1])  # spans do not overlap: no earlier one reaches the word
        # A word continues a span if that span contains both it and the word before.
        begins[1:] = ~(held[1:] & held[:-1] & (holder[1:] == holder[:-1]))
    return begins
