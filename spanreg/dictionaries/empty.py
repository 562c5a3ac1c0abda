"""Dictionary without entries."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from spanreg.dictionaries.base import SpanDictionary
from spanreg.dictionaries.tables.artefact import dictionary_table, table_fingerprint
from spanreg.words import WordRule


@SpanDictionary.register("empty")
class EmptyDictionary(SpanDictionary):
    """Dictionary without n-grams, the neutral one: every word becomes a span; registered as ``empty``.

    ``dictionary: { type: 'empty' }``

    Parameters:
        words: word rule; default ``unicode``.
    """

    def __init__(self, words: WordRule | None = None) -> None:
        self._rule = words

    def table(self) -> pa.Table:
        none = np.empty(0, dtype=np.int64)
        # Lower-casing has no effect without n-grams; true is the default of all other dictionaries.
        origin = {"type": "empty"}
        return dictionary_table([], none.astype(np.int32), none, lowercase=True, origin=origin, rule=self._rule)

    def fingerprint(self) -> str:
        return table_fingerprint(self.table())
