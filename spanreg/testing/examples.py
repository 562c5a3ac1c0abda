"""Small texts and a small dictionary on which laws are checked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from spanreg.dictionaries.base import SpanDictionary
from spanreg.dictionaries.tables.artefact import dictionary_table, table_fingerprint

TEXTS = [
    "In the end of the day the old man kicked the bucket.",
    "",
    "New York City, of the end; in the new york city of the of the",
    "word",
    " \t\n",
    "I don't know, 3.14 and 1,000: l’eau!",
    "漢字かな交じり文 and 👩‍👩‍👧 🇩🇪 naïve café",
    "a a a a a b a b, a a b.",
    "...",
    "the old man the boats in the end",
    " ".join(["of", "the"] * 40),
    "IN THE END OF THE DAY",
]
"Texts without words, with a single word, repetitive, long, and in other scripts."

PHRASES = ("of the", "in the end", "the end of", "the old man", "a a", "a b", "a a b", "new york city", "don't know")


class PhraseDictionary(SpanDictionary):
    """A dictionary of some phrases, in memory.

    Example: ``PhraseDictionary(["new york city", "of the"]).table()``.

    Parameters:
        phrases: words joined by single spaces, in lower case; the first phrase has the highest count.
    """

    def __init__(self, phrases: Sequence[str] = PHRASES) -> None:
        self.phrases = list(phrases)

    def table(self) -> pa.Table:
        lengths = np.array([phrase.count(" ") + 1 for phrase in self.phrases], np.int32)
        # All different, so that ranks by count are unique.
        counts = np.arange(len(self.phrases), 0, -1, dtype=np.int64) * 5
        return dictionary_table(self.phrases, lengths, counts, lowercase=True, origin={"type": "phrases"})

    def fingerprint(self) -> str:
        return table_fingerprint(self.table())
