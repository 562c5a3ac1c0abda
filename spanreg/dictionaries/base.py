"""Base of the span dictionaries: sets of word n-grams with counts."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from spanreg.registry import Registrable

if TYPE_CHECKING:
    import pyarrow as pa


class SpanDictionary(Registrable):
    """A set of word n-grams (n >= 2) with counts and scores, and where they came from.

    Construction is cheap; the work (sampling, reading) happens at the first call of ``table`` and is cached.

    To add one: subclass, decorate with ``@SpanDictionary.register("my_dictionary")`` and implement ``table``.
    """

    default_implementation: ClassVar[str | None] = None
    neutral: ClassVar[str] = "empty"

    @abstractmethod
    def table(self) -> pa.Table:
        """Entries with at least the columns ``ngram`` (words joined by one space), ``n`` (int32), ``count`` (int64).

        The schema's metadata carry the word rule, lower-casing and provenance.
        """

    @abstractmethod
    def fingerprint(self) -> str:
        """A hash of the content."""
