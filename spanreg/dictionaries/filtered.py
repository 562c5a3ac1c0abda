"""A part of another dictionary."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import Annotated, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from spanreg.dictionaries.base import SpanDictionary
from spanreg.dictionaries.tables.artefact import about_dictionary, score_names
from spanreg.dictionaries.tables.derived import CachedDictionary, all_rows, require_range, select
from spanreg.dictionaries.tables.function_words import FUNCTION_WORDS
from spanreg.registry import AtLeast, ConfigurationError, suggest

_SHORTEST: Final = 2


@SpanDictionary.register("filtered")
class FilteredDictionary(CachedDictionary):
    """The n-grams of another dictionary that meet all conditions, with their counts and scores.

    Registered as ``filtered``.

    Parameters:
        dictionary: the one to choose from.
        min_n: the shortest n-gram, in words.
        max_n: the longest n-gram, in words; no limit by default.
        at_least: the lowest count or score by the column's name, for instance ``{pmi: 0.3, count: 20}``.
        top_per_n: of every length, only so many with the highest ``by``, chosen last, after all other conditions. Of
            equal ones the more frequent are kept, then the alphabetically first. No limit by default.
        by: what ``top_per_n`` ranks by: ``count`` or a score.
        keep_function_words: whether to keep n-grams of nothing but (English) function words, such as "of the".
        pattern: a regular expression (RE2) that the whole n-gram must match, words being joined by one space.

    Raises:
        ConfigurationError: ``min_n`` exceeds ``max_n``; the dictionary has no such score; the pattern is none; no
            n-gram is left.
    """

    def __init__(
        self,
        dictionary: SpanDictionary,
        min_n: Annotated[int, AtLeast(2)] = 2,
        max_n: Annotated[int, AtLeast(2)] | None = None,
        at_least: dict[str, float] | None = None,
        top_per_n: Annotated[int, AtLeast(1)] | None = None,
        by: str = "count",
        keep_function_words: bool = True,
        pattern: str | None = None,
    ) -> None:
        require_range(min_n, max_n)
        self._dictionary = dictionary
        self._min_n = min_n
        self._max_n = max_n
        self._at_least = at_least or {}
        self._top_per_n = top_per_n
        self._by = by
        self._keep_function_words = keep_function_words
        self._pattern = pattern
        if pattern is not None:
            _matching(pa.array([], pa.string()), pattern)

    def make(self) -> pa.Table:
        table = self._dictionary.table()
        self._require_scores(table)
        rows = np.flatnonzero(reduce(pc.and_, self._conditions(table), all_rows(table)).to_numpy(zero_copy_only=False))
        if self._top_per_n is not None:
            rows = rows[_highest(table.take(pa.array(rows)), self._by, self._top_per_n)]
        if table.num_rows and not rows.size:
            problem = f"none of the {table.num_rows} n-grams of the dictionary meets the conditions"
            hint = f"loosen {' or '.join(name for name in self._parameters() if name != 'by')}"
            raise ConfigurationError(problem, hint=hint)
        origin = {"type": "filtered", "parameters": self._parameters(), "of": about_dictionary(table)["origin"]}
        return select(table, pa.array(rows), origin)

    def _conditions(self, table: pa.Table) -> Iterator[pa.ChunkedArray]:
        yield pc.greater_equal(table["n"], self._min_n)
        if self._max_n is not None:
            yield pc.less_equal(table["n"], self._max_n)
        for name, lowest in self._at_least.items():
            yield pc.greater_equal(table[name], lowest)
        if not self._keep_function_words:
            yield pa.array(~_of_function_words(table))
        if self._pattern is not None:
            yield _matching(table["ngram"], self._pattern)

    def _require_scores(self, table: pa.Table) -> None:
        known = ["count", *score_names(table)]
        for path, name in [("by", self._by), *((f"at_least.{name}", name) for name in self._at_least)]:
            if name not in known:
                hint = f"{suggest(name, known, 'columns')}; a sampled dictionary takes more by its `scores`"
                raise ConfigurationError(f"the dictionary has no score '{name}'", path=path, hint=hint)

    def _parameters(self) -> dict[str, Any]:
        """The conditions that were given."""
        given = {
            "min_n": self._min_n if self._min_n > _SHORTEST else None,
            "max_n": self._max_n,
            "at_least": self._at_least or None,
            "top_per_n": self._top_per_n,
            "by": self._by if self._top_per_n else None,
            "keep_function_words": None if self._keep_function_words else False,
            "pattern": self._pattern,
        }
        return {name: value for name, value in given.items() if value is not None}


def _highest(table: pa.Table, by: str, size: int) -> NDArray[np.int64]:
    """The rows of the ``size`` highest n-grams of every length, shape: (rows,)."""
    keys = [("n", "ascending"), (by, "descending"), ("count", "descending"), ("ngram", "ascending")]
    order = pc.sort_indices(table, list(dict.fromkeys(keys))).to_numpy()
    lengths = table["n"].to_numpy()[order]
    rank = np.arange(order.size) - np.searchsorted(lengths, lengths)
    return np.sort(order[rank < size].astype(np.int64))


def _of_function_words(table: pa.Table) -> NDArray[np.bool_]:
    """Which n-grams have nothing but function words, shape: (entries,)."""
    if not table.num_rows:
        return np.zeros(0, dtype=np.bool_)
    words = pc.split_pattern(pc.utf8_lower(table["ngram"].combine_chunks()), " ")
    is_one = pc.is_in(words.flatten(), value_set=pa.array(sorted(FUNCTION_WORDS))).to_numpy(zero_copy_only=False)
    firsts = words.offsets.to_numpy()[:-1]
    every: NDArray[np.bool_] = np.logical_and.reduceat(is_one, firsts)
    return every


def _matching(ngrams: pa.Array | pa.ChunkedArray, pattern: str) -> pa.Array | pa.ChunkedArray:
    try:
        return pc.match_substring_regex(ngrams, f"^(?:{pattern})$")
    except pa.ArrowInvalid as error:
        problem = f"'{pattern}' is no regular expression of RE2: {str(error).splitlines()[0]}"
        raise ConfigurationError(problem, path="pattern", hint="mend it") from error
