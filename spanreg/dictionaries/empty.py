"""The dictionary without entries."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from spanreg.dictionaries.artefact import dictionary_table, table_fingerprint
from spanreg.dictionaries.base import SpanDictionary


@SpanDictionary.register("empty")
class Empty(SpanDictionary):
    """Holds no n-gram, so that every word becomes a span of its own: the neutral dictionary.

    Registered as ``empty``.
    """

    def table(self) -> pa.Table:
        none = np.empty(0, dtype=np.int64)
        return dictionary_table([], none.astype(np.int32), none, lowercase=True, origin={"type": "empty"})

    def fingerprint(self) -> str:
        return table_fingerprint(self.table())
