"""What one dictionary holds and others do not."""

from __future__ import annotations

from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from spanreg.dictionaries.base import SpanDictionary
from spanreg.dictionaries.tables.derived import CombinedDictionary, all_rows, holds, origins, select, tables_of


@SpanDictionary.register("difference")
class DifferenceDictionary(CombinedDictionary):
    """The n-grams that the first dictionary holds and none of the others, with their counts and scores.

    Registered as ``difference``.

    Parameters:
        dictionaries: two or more.

    Raises:
        ConfigurationError: fewer than two; some are in lower case and others are not, or have another word rule.
    """

    def make(self) -> pa.Table:
        first, *others = tables = tables_of(self._dictionaries)
        rows = reduce(pc.and_, [pc.invert(holds(first, other)) for other in others], all_rows(first))
        return select(first, rows, {"type": "difference", "of": origins(tables)})
