"""What any of several dictionaries holds."""

from __future__ import annotations

import pyarrow as pa

from spanreg.dictionaries.base import SpanDictionary
from spanreg.dictionaries.tables.derived import CombinedDictionary, all_rows, combined, origins, select, tables_of


@SpanDictionary.register("union")
class UnionDictionary(CombinedDictionary):
    """The n-grams that at least one of the dictionaries holds.

    An n-gram has the count and the scores of the first dictionary that holds it: counts of different corpora are not
    added up, as they may overlap. Scores that one of the dictionaries lacks are left out.
    Registered as ``union``.

    Parameters:
        dictionaries: two or more.

    Raises:
        ConfigurationError: fewer than two; some are in lower case and others are not, or have another word rule.
    """

    def make(self) -> pa.Table:
        tables = tables_of(self._dictionaries)
        rows = combined(tables)
        return select(rows, all_rows(rows), {"type": "union", "of": origins(tables)})
