"""Base of the span dictionaries: sets of word n-grams with counts."""

from __future__ import annotations

import json
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Final

from spanreg import __version__
from spanreg.registry import ConfigurationError, Registrable
from spanreg.text.words import WORD_RULE

if TYPE_CHECKING:
    import pyarrow as pa


FORMAT: Final = 1
"Version of the tables' layout and metadata."

METADATA_KEY: Final = b"spanreg_dictionary"
"Under it a table's schema holds what ``about_dictionary`` gives."

MAKE_AGAIN: Final = "make it with this version's `spanreg sample-dictionary`"
"What to do about a table that is not one of this version's."


class SpanDictionary(Registrable):
    """A set of word n-grams (n >= 2) with counts and scores, and where they came from.

    Construction is cheap; the work (sampling, reading) happens at the first call of ``table`` and is cached.

    To add one: subclass, decorate with ``@SpanDictionary.register("my_dictionary")`` and implement ``table``, with the
    help of ``dictionary_table`` of ``spanreg.dictionaries.artefact``, and ``fingerprint``, with that of
    ``table_fingerprint``.
    """

    default_implementation: ClassVar[str | None] = None
    handed_down: ClassVar[tuple[str, ...] | None] = ("data",)
    neutral: ClassVar[str] = "empty"

    @abstractmethod
    def table(self) -> pa.Table:
        """Entries with at least the columns ``ngram`` (words joined by one space), ``n`` (int32), ``count`` (int64).

        The schema's metadata carry the word rule, lower-casing and provenance; ``about_dictionary`` reads them.
        """

    @abstractmethod
    def fingerprint(self) -> str:
        """A hash of the content."""


def about_dictionary(table: pa.Table) -> dict[str, Any]:
    """What the metadata of a dictionary's table say: ``word_rule``, ``lowercase``, ``entries``, ``origin`` and so on.

    Raises:
        ConfigurationError: there are none, or they name another format or word rule than this version's.
    """
    if METADATA_KEY not in (table.schema.metadata or {}):
        raise ConfigurationError("is not a dictionary of spanreg: its metadata do not say so", hint=MAKE_AGAIN)
    about: dict[str, Any] = json.loads(table.schema.metadata[METADATA_KEY])
    if about.get("format") != FORMAT:
        problem = f"has format {about.get('format')!r} and this spanreg {__version__} reads format {FORMAT}"
        raise ConfigurationError(problem, hint=MAKE_AGAIN)
    if about.get("word_rule") != WORD_RULE:
        problem = f"was made with the word rule {about.get('word_rule')!r}, and words are now found by {WORD_RULE!r}"
        raise ConfigurationError(problem, hint=MAKE_AGAIN)
    return about
