"""Selection from another dictionary."""

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
from spanreg.dictionaries.tables.function_words import is_function_word
from spanreg.registry import AtLeast, ConfigurationError, NotAbove, suggest
from spanreg.text.reasons import reason_of

_SHORTEST: Final = 2
"Length of the shortest n-grams of any dictionary, in words."


@SpanDictionary.register("filtered")
class FilteredDictionary(CachedDictionary):
    """N-grams of another dictionary that meet all conditions, with their counts and scores; registered as ``filtered``.

    ``dictionary: { type: 'filtered', dictionary: { type: 'file', path: 'd.parquet' }, at_least: { pmi: 0.3 } }``

    Parameters:
        dictionary: dictionary to select from.
        min_n: length of the shortest n-grams, in words; default 2.
        max_n: length of the longest n-grams, in words; default: no limit.
        at_least: lowest count or score by column, such as ``{pmi: 0.3, count: 20}``; default: no limits.
        top_per_n: number of n-grams to keep of each length, those with the highest ``by`` after all other conditions;
            among equal ones the more frequent, then in alphabetical order; default: no limit.
        by: column that ``top_per_n`` ranks by: ``count`` (default) or a score.
        keep_function_words: whether to keep n-grams that consist of English function words, such as "of the"; default
            true.
        pattern: regular expression (RE2) that must match the whole n-gram, with words joined by spaces; default: none.

    Raises:
        ConfigurationError: ``min_n`` exceeds ``max_n``; the dictionary has no such score; the pattern is not a regular
            expression; or no n-gram meets the conditions.
    """

    def __init__(
        self,
        dictionary: SpanDictionary,
        min_n: Annotated[int, AtLeast(2), NotAbove("max_n")] = 2,
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
            # An invalid pattern is reported at once, and not after the inner dictionary was sampled.
            _matching(pa.array([], pa.string()), pattern)

    def make(self) -> pa.Table:
        table = self._dictionary.table()
        self._require_scores(table)
        # An n-gram must meet all conditions before it is ranked: the best of those that are left are kept.
        rows = np.flatnonzero(reduce(pc.and_, self._conditions(table), all_rows(table)).to_numpy(zero_copy_only=False))
        if self._top_per_n is not None:
            rows = rows[_highest(table.take(pa.array(rows)), self._by, self._top_per_n)]
        # An empty dictionary may be filtered: it is the neutral element, also inside others.
        if table.num_rows and not rows.size:
            problem = f"none of the {table.num_rows} n-grams of the dictionary meets the conditions"
            hint = f"relax {' or '.join(name for name in self._parameters() if name != 'by')}"
            raise ConfigurationError(problem, hint=hint)
        origin = {"type": "filtered", "parameters": self._parameters(), "of": about_dictionary(table)["origin"]}
        return select(table, pa.array(rows), origin)

    def _conditions(self, table: pa.Table) -> Iterator[pa.ChunkedArray]:
        """Yield a mask of the n-grams for each condition."""
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
                hint = f"{suggest(name, known, 'columns')}; the option 'scores' of a sampled dictionary adds columns"
                raise ConfigurationError(f"the dictionary has no score '{name}'", path=path, hint=hint)

    def _parameters(self) -> dict[str, Any]:
        """Return the conditions that are set, for the provenance and for messages."""
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
    """Return the rows of the ``size`` highest n-grams of each length, shape: (rows,)."""
    keys = [("n", "ascending"), (by, "descending"), ("count", "descending"), ("ngram", "ascending")]
    # Without duplicates, because ``by`` may be ``count`` itself.
    order = pc.sort_indices(table, list(dict.fromkeys(keys))).to_numpy()
    lengths = table["n"].to_numpy()[order]  # ascending
    # The place in the order, less the place at which n-grams of this length begin: the rank among them.
    rank = np.arange(order.size) - np.searchsorted(lengths, lengths)
    return np.sort(order[rank < size].astype(np.int64))


def _of_function_words(table: pa.Table) -> NDArray[np.bool_]:
    """Return True for each n-gram that consists of function words, shape: (entries,)."""
    if not table.num_rows:
        return np.zeros(0, dtype=np.bool_)
    # All words in one flat column: each distinct word is looked up once, and one reduction covers the words of each
    # n-gram.
    words = pc.split_pattern(table["ngram"].combine_chunks(), " ")
    flat = words.flatten().dictionary_encode()
    is_one = np.array([is_function_word(word) for word in flat.dictionary.to_pylist()])[flat.indices.to_numpy()]
    firsts = words.offsets.to_numpy()[:-1]  # index of each n-gram's first word in the flat list
    every: NDArray[np.bool_] = np.logical_and.reduceat(is_one, firsts)
    return every


def _matching(ngrams: pa.Array | pa.ChunkedArray, pattern: str) -> pa.Array | pa.ChunkedArray:
    """Return True for each n-gram that a pattern matches as a whole.

    Raises:
        ConfigurationError: the pattern is not a regular expression.
    """
    try:
        # In a group, so that ^ and $ bind to the whole of a pattern such as "a|b". RE2 needs linear time for any
        # pattern, so that one from a stranger cannot block the process.
        return pc.match_substring_regex(ngrams, f"^(?:{pattern})$")
    except pa.ArrowInvalid as error:
        problem = f"'{pattern}' is not a regular expression of RE2: {reason_of(error)}"
        raise ConfigurationError(problem, path="pattern", hint="correct it") from error
