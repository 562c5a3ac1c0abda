"""Base of the span dictionaries: sets of word n-grams with counts."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final

from spanreg import __version__
from spanreg.registry import ConfigurationError, Registrable
from spanreg.storage import hash_json
from spanreg.text.unicode.spellings import spelling_of
from spanreg.words import WordRule
from spanreg.words.base import default_word_rule

if TYPE_CHECKING:
    import pyarrow as pa


FORMAT: Final = 1
"Version of the tables' layout and metadata."

METADATA_KEY: Final = b"spanreg_dictionary"
"Under it a table's schema holds what ``about_dictionary`` gives."

_SEAL: Final = "metadata_sha256"

MAKE_AGAIN: Final = "make it with this version's `spanreg sample-dictionary`"
"What to do about a table that is not one of this version's."


class SpanDictionary(Registrable):
    """A set of word n-grams (n >= 2) with counts and scores, and where they came from.

    Construction is cheap; the work (sampling, reading) happens at the first call of ``table`` and is cached.

    To add one: subclass, decorate with ``@SpanDictionary.register("my_dictionary")`` and implement ``table``, with the
    help of ``dictionary_table`` of ``spanreg.dictionaries.tables.artefact``, and ``fingerprint``, with that of
    ``table_fingerprint``.
    """

    default_implementation: ClassVar[str | None] = None
    handed_down: ClassVar[tuple[str, ...] | None] = ("data",)
    neutral: ClassVar[str] = "empty"
    words_by_default: ClassVar[str | None] = None
    "The word rule of the n-grams where a config names none; None: it is known when the table is made."

    @abstractmethod
    def table(self) -> pa.Table:
        """Entries with at least the columns ``ngram`` (words joined by one space), ``n`` (int32), ``count`` (int64).

        The schema's metadata carry the word rule, lower-casing and provenance; ``about_dictionary`` reads them.
        """

    @abstractmethod
    def fingerprint(self) -> str:
        """A hash of the content."""


def about_dictionary(table: pa.Table) -> dict[str, Any]:
    """Return a table's metadata: ``words``, ``word_rule``, ``lowercase``, ``entries``, ``origin`` and so on.

    ``words`` is the registered name of the word rule (``unicode`` where an older version did not record one),
    ``word_rule`` the rule's version.

    Raises:
        ConfigurationError: there are none, or they name another format, or a word rule that is not registered or has
            another version here.
    """
    if METADATA_KEY not in (table.schema.metadata or {}):
        raise ConfigurationError("is not a dictionary of spanreg: its metadata do not say so", hint=MAKE_AGAIN)
    about = _unsealed(table.schema.metadata[METADATA_KEY])
    if about.get("format") != FORMAT:
        problem = f"has format {about.get('format')!r} and this spanreg {__version__} reads format {FORMAT}"
        raise ConfigurationError(problem, hint=MAKE_AGAIN)
    version = _rule_called(about.setdefault("words", WordRule.default_implementation)).version
    if about.get("word_rule") != version:
        problem = f"was made with the word rule {about.get('word_rule')!r}, and words are now found by {version!r}"
        raise ConfigurationError(problem, hint=MAKE_AGAIN)
    return about


def sealed_metadata(about: Mapping[str, Any]) -> str:
    """Return a table's metadata as JSON, with their own hash, by which ``about_dictionary`` sees damage."""
    return json.dumps({**about, _SEAL: hash_json(about)}, ensure_ascii=False)


def _unsealed(metadata: bytes) -> dict[str, Any]:
    """Return what ``sealed_metadata`` was given; older versions wrote no hash.

    Raises:
        ConfigurationError: it is damaged.
    """
    try:
        about = json.loads(metadata)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError("is damaged: its metadata are not JSON", hint=MAKE_AGAIN) from error
    types = {"lowercase": bool, "origin": dict, "sha256": str}
    if not isinstance(about, dict) or not all(isinstance(about.get(key), kind) for key, kind in types.items()):
        raise ConfigurationError("is damaged: its metadata are incomplete", hint=MAKE_AGAIN)
    seal = about.pop(_SEAL, None)
    if seal is not None and seal != hash_json(about):
        raise ConfigurationError("is damaged: its metadata are not those that were written", hint=MAKE_AGAIN)
    return about


def word_rule_of(table: pa.Table) -> WordRule:
    """Return the word rule that a dictionary's table was made with.

    Raises:
        ConfigurationError: as ``about_dictionary``.
    """
    return _rule_called(about_dictionary(table)["words"])


def shared_word_rule(named: WordRule | None, dictionary: SpanDictionary | None) -> WordRule:
    """Return the word rule of a component that looks words up in a dictionary.

    Args:
        named: the rule that the component's config names; None: that of the dictionary.
        dictionary: the dictionary; one without entries goes with every rule. None: no dictionary is looked up.

    Raises:
        ConfigurationError: the dictionary was made with another rule, or cannot be made.
    """
    if dictionary is None:
        return named or default_word_rule()
    table = dictionary.table()
    own = word_rule_of(table)
    if named is None or named.version == own.version:
        return own
    if not table.num_rows:
        return named
    problem = f"words are found by {named.name!r}, but the dictionary was made with {own.name!r}"
    hint = f"take a dictionary of {named.name!r} words, or a segmenter of {own.name!r} ones"
    raise ConfigurationError(problem, path="words", hint=hint)


def _rule_called(name: Any) -> WordRule:
    """Return a registered rule; the name comes from a file, so a dotted one, which would be imported, is refused."""
    try:
        rule: WordRule = WordRule.by_name("" if "." in name else name)()
    except (ConfigurationError, TypeError) as error:
        problem = f"was made with the words {name!r}, which are not registered"
        known = ", ".join(WordRule.list_available())
        hint = f"name the package that has them by --include-package; here there are {known}"
        raise ConfigurationError(problem, hint=hint) from error
    return rule


def spelt_ngrams(table: pa.Table) -> pa.Array:
    """Return the n-grams in the spelling in which they are looked up, in the order of the table.

    A table without metadata has its n-grams looked up as they stand.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    ngrams = table["ngram"].combine_chunks()
    if not table.schema.metadata or not word_rule_of(table).one_spelling:
        return ngrams
    lowercase = about_dictionary(table)["lowercase"]
    varying = pc.invert(pc.string_is_ascii(ngrams))
    others = ngrams.filter(varying).to_pylist()
    spelt = [" ".join(spelling_of(word, lowercase) for word in ngram.split(" ")) for ngram in others]
    return pc.replace_with_mask(ngrams, varying, pa.array(spelt, pa.string()))
