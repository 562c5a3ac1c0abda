"""Union of dictionaries."""

from __future__ import annotations

import pyarrow as pa

from spanreg.dictionaries.base import SpanDictionary
from spanreg.dictionaries.tables.derived import CombinedDictionary, all_rows, origins, select, tables_of, union_of


@SpanDictionary.register("union")
class UnionDictionary(CombinedDictionary):
    """N-grams that are in at least one of the dictionaries; registered as ``union``.

    An n-gram has the count and the scores of the first dictionary with it: counts are not added, because corpora may
    overlap. Only score columns that all dictionaries have are kept.

    ``{ type: 'union', dictionaries: [{ type: 'file', path: 'a.parquet' }, { type: 'file', path: 'b.txt' }] }``

    Source: the released code of Bao, Zhang and Zhao, Findings of EMNLP 2021, unites two lists of n-grams; there, an
    entry of the second list also adds 20 to the count. Keeping the first count is our choice.

    Parameters:
        dictionaries: two or more dictionaries.

    Raises:
        ConfigurationError: there are fewer than two, or they differ in lower-casing or word rule.
    """

    def make(self) -> pa.Table:
        tables = tables_of(self._dictionaries)
        rows = union_of(tables)
        return select(rows, all_rows(rows), {"type": "union", "of": origins(tables)})
