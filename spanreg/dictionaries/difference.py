"""Difference of dictionaries."""

from __future__ import annotations

from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from spanreg.dictionaries.base import SpanDictionary
from spanreg.dictionaries.tables.derived import CombinedDictionary, all_rows, contained_in, origins, select, tables_of


@SpanDictionary.register("difference")
class DifferenceDictionary(CombinedDictionary):
    """N-grams of the first dictionary that are in none of the others, with their counts; registered as ``difference``.

    ``{ type: 'difference', dictionaries: [{ type: 'file', path: 'a.parquet' }, { type: 'file', path: 'b.txt' }] }``

    Parameters:
        dictionaries: two or more dictionaries.

    Raises:
        ConfigurationError: there are fewer than two, or they differ in lower-casing or word rule.
    """

    def make(self) -> pa.Table:
        first, *others = tables = tables_of(self._dictionaries)
        rows = reduce(pc.and_, [pc.invert(contained_in(first, other)) for other in others], all_rows(first))
        return select(first, rows, {"type": "difference", "of": origins(tables)})
