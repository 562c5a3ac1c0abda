"""What all of several dictionaries hold."""

from __future__ import annotations

from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from spanreg.dictionaries.base import SpanDictionary
from spanreg.dictionaries.tables.derived import CombinedDictionary, all_rows, holds, origins, select, tables_of


@SpanDictionary.register("intersection")
class IntersectionDictionary(CombinedDictionary):
    """The n-grams that every one of the dictionaries holds, with the counts and scores of the first.

    Registered as ``intersection``.

    Parameters:
        dictionaries: two or more.

    Raises:
        ConfigurationError: fewer than two; some are in lower case and others are not, or have another word rule.
    """

    def make(self) -> pa.Table:
        first, *others = tables = tables_of(self._dictionaries)
        rows = reduce(pc.and_, [holds(first, other) for other in others], all_rows(first))
        return select(first, rows, {"type": "intersection", "of": origins(tables)})
