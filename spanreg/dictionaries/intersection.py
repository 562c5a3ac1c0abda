"""Intersection of dictionaries."""

from __future__ import annotations

from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from spanreg.dictionaries.base import SpanDictionary
from spanreg.dictionaries.tables.derived import CombinedDictionary, all_rows, contained_in, origins, select, tables_of


@SpanDictionary.register("intersection")
class IntersectionDictionary(CombinedDictionary):
    """N-grams that are in all of the dictionaries, with the counts of the first; registered as ``intersection``.

    ``{ type: 'intersection', dictionaries: [{ type: 'file', path: 'a.parquet' }, { type: 'task_adapted' }] }``

    Parameters:
        dictionaries: two or more dictionaries.

    Raises:
        ConfigurationError: there are fewer than two, or they differ in lower-casing or word rule.
    """

    def make(self) -> pa.Table:
        first, *others = tables = tables_of(self._dictionaries)
        rows = reduce(pc.and_, [contained_in(first, other) for other in others], all_rows(first))
        return select(first, rows, {"type": "intersection", "of": origins(tables)})
