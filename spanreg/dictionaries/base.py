"""Base class of the span dictionaries: sets of word n-grams with counts."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, ClassVar, Final

from spanreg import __version__
from spanreg.registry import ConfigurationError, Registrable
from spanreg.storage import hash_json
from spanreg.text.display import TableView, Viewable
from spanreg.text.surrogates import encodable
from spanreg.text.unicode.spellings import spelling_of
from spanreg.words import WordRule
from spanreg.words.base import default_word_rule

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


FORMAT: Final = 1
"Version of the tables' layout and metadata."

METADATA_KEY: Final = b"spanreg_dictionary"
"Key of the result of ``about_dictionary`` in the metadata of a table's schema."

_SEAL: Final = "metadata_sha256"
"Key of the hash of the other metadata."

_SHOWN: Final = 10
"Number of entries that a notebook shows."

SAMPLE_AGAIN: Final = "sample it again with this version's `spanreg sample-dictionary`"
"Advice for tables that this version cannot read."


class SpanDictionary(Registrable, Viewable):
    """Set of word n-grams (n >= 2) with counts, scores and provenance.

    Constructing a dictionary is cheap; sampling or reading happens in the first call of ``table``, and is cached.

    ``dictionary: { type: 'file', path: 'dictionary.parquet' }``

    To add one: subclass, decorate with ``@SpanDictionary.register("my_dictionary")`` and implement ``table`` and
    ``fingerprint``; ``dictionary_table`` and ``table_fingerprint`` of ``spanreg.dictionaries.tables.artefact`` help.
    """

    default_implementation: ClassVar[str | None] = None
    handed_down: ClassVar[tuple[str, ...] | None] = ("data",)
    neutral: ClassVar[str] = "empty"
    words_by_default: ClassVar[str | None] = None
    "Word rule of the n-grams if a config names none; None: only the table has it."

    @abstractmethod
    def table(self) -> pa.Table:
        """Return the entries, with at least the columns ``ngram`` (words joined by spaces), ``n`` and ``count``.

        ``n`` is int32 and ``count`` int64. The schema's metadata have the word rule, the lower-casing and the
        provenance; ``about_dictionary`` reads them.

        Raises:
            ConfigurationError: a file is missing or damaged, or no n-gram meets the conditions.
        """

    @abstractmethod
    def fingerprint(self) -> str:
        """Return a hash of everything that a lookup depends on: entries, scores, word rule and lower-casing."""

    @staticmethod
    def sample(corpus: str | PathLike[str] | Sequence[str], **options: Any) -> SpanDictionary:
        """Return a dictionary of the n-grams of a corpus, sampled now or found in the cache.

        ``SpanDictionary.sample("corpus/*.txt", max_n=5, min_count=10)``

        Args:
            corpus: files, or patterns of files.
            options: further parameters of the dictionary ``ngram``.

        Raises:
            ConfigurationError: the corpus cannot be read, an option is wrong, or there are no n-grams.
        """
        files = list(corpus) if isinstance(corpus, list | tuple) else fspath(corpus)  # type: ignore[arg-type]
        return _load_now({"type": "ngram", "corpus": files, **options})

    @staticmethod
    def load(path: str | PathLike[str], **options: Any) -> SpanDictionary:
        """Return the dictionary of a file: the output of ``spanreg sample-dictionary``, or a list of phrases.

        ``SpanDictionary.load("dictionary.parquet")``

        Args:
            path: the file.
            options: further parameters of the dictionary ``file``.

        Raises:
            ConfigurationError: the file is missing, damaged or of another format, or an option is wrong.
        """
        return _load_now({"type": "file", "path": fspath(path), **options})

    def lookup(self, phrase: str) -> dict[str, Any] | None:
        """Return the entry of a phrase, by column: ``ngram``, ``n``, ``count`` and scores; None if there is none.

        The phrase is split and spelt as the dictionary's own n-grams are.

        ``dictionary.lookup("New York")``
        """
        table = self.table()
        row = place_of(table, ngram_of(table, phrase))
        return None if row is None else dict(table.slice(row, 1).to_pylist()[0])

    def to_pandas(self) -> pd.DataFrame:
        """Return the entries as a data frame, the most frequent first."""
        frame: pd.DataFrame = self.table().to_pandas()
        return frame

    def _view(self) -> TableView:
        table = self.table()
        rows = [tuple(row.values()) for row in table.slice(0, _SHOWN).to_pylist()]
        # A dictionary of third parties may return a plain table; a notebook should show it all the same.
        about = about_dictionary(table) if METADATA_KEY in (table.schema.metadata or {}) else {}
        notes = [f"words: {about['words']}; lower case: {about['lowercase']}"] if about else []
        return TableView(f"dictionary of {table.num_rows:,} n-grams", table.schema.names, rows, notes)


def _load_now(config: dict[str, Any]) -> SpanDictionary:
    dictionary: SpanDictionary = SpanDictionary.from_params(config)
    # Construction reads no file. Outside a config, an error is easier to understand in the call that names the file.
    dictionary.table()
    return dictionary


def ngram_of(table: pa.Table, phrase: str) -> str:
    """Return a phrase in the words and case of a dictionary's n-grams."""
    return " ".join(word_rule_of(table).words_of([phrase]).spelt(about_dictionary(table)["lowercase"]))


def place_of(table: pa.Table, ngram: str) -> int | None:
    """Return the row of an n-gram, as ``ngram_of`` spells it; None if there is none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    # Arrow strings are UTF-8, which has no lone surrogates.
    row = pc.index(spelt_ngrams(table), pa.scalar(encodable(ngram), pa.string())).as_py()
    return None if row < 0 else int(row)


def about_dictionary(table: pa.Table) -> dict[str, Any]:
    """Return a table's metadata: ``words``, ``word_rule``, ``lowercase``, ``entries``, ``origin`` and others.

    ``words`` is the registered name of the word rule (``unicode`` for tables of older versions, which did not record
    it), ``word_rule`` its version.

    Raises:
        ConfigurationError: the table has no metadata; they are damaged or have another format; or their word rule is
            not registered or has another version.
    """
    if METADATA_KEY not in (table.schema.metadata or {}):
        raise ConfigurationError("is not a dictionary of spanreg: it has no metadata", hint=SAMPLE_AGAIN)
    about = _unsealed(table.schema.metadata[METADATA_KEY])
    if about.get("format") != FORMAT:
        problem = f"has format {about.get('format')!r}, and spanreg {__version__} reads format {FORMAT}"
        raise ConfigurationError(problem, hint=SAMPLE_AGAIN)
    version = _registered_rule(about.setdefault("words", WordRule.default_implementation)).version
    # Words of another version of the rule may be split elsewhere, so that lookups would miss n-grams silently.
    if about.get("word_rule") != version:
        problem = f"was sampled with the word rule {about.get('word_rule')!r}, which is now {version!r}"
        raise ConfigurationError(problem, hint=SAMPLE_AGAIN)
    return about


def sealed_metadata(about: Mapping[str, Any]) -> str:
    """Return metadata as JSON, with a hash by which ``about_dictionary`` detects damage."""
    return json.dumps({**about, _SEAL: hash_json(about)}, ensure_ascii=False)


def _unsealed(metadata: bytes) -> dict[str, Any]:
    """Return the metadata of a table, checked against their hash if they have one; those of older versions do not.

    Raises:
        ConfigurationError: the metadata are damaged.
    """
    try:
        about = json.loads(metadata)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError("is damaged: its metadata are not JSON", hint=SAMPLE_AGAIN) from error
    # Only the keys that are read without a default: newer versions may add others.
    types = {"lowercase": bool, "origin": dict, "sha256": str}
    if not isinstance(about, dict) or not all(isinstance(about.get(key), kind) for key, kind in types.items()):
        raise ConfigurationError("is damaged: its metadata are incomplete", hint=SAMPLE_AGAIN)
    seal = about.pop(_SEAL, None)
    if seal is not None and seal != hash_json(about):
        raise ConfigurationError("is damaged: the hash of its metadata does not match", hint=SAMPLE_AGAIN)
    return about


def word_rule_of(table: pa.Table) -> WordRule:
    """Return the word rule of a dictionary's table.

    Raises:
        ConfigurationError: the metadata are missing, damaged or of another version, as for ``about_dictionary``.
    """
    return _registered_rule(about_dictionary(table)["words"])


def shared_word_rule(named: WordRule | None, dictionary: SpanDictionary | None) -> WordRule:
    """Return the word rule of a component that looks up n-grams in a dictionary.

    Args:
        named: configured rule of the component; None: that of the dictionary.
        dictionary: the dictionary, or None without one. A dictionary without entries accepts every rule.

    Raises:
        ConfigurationError: the dictionary has another rule, or cannot be created.
    """
    if dictionary is None:
        return named or default_word_rule()
    table = dictionary.table()
    own = word_rule_of(table)
    if named is None or named.version == own.version:
        return own
    if not table.num_rows:
        return named  # without n-grams, no lookup can miss because of another rule
    problem = f"the segmenter has the word rule {named.name!r}, and the dictionary {own.name!r}"
    hint = f"use a dictionary with the word rule {named.name!r}, or a segmenter with {own.name!r}"
    raise ConfigurationError(problem, path="words", hint=hint)


def _registered_rule(name: Any) -> WordRule:
    """Return the word rule that a table was sampled with.

    Raises:
        ConfigurationError: there is no registered rule of that name.
    """
    try:
        # Security: the name comes from a file, and a dotted one would be imported.
        rule: WordRule = WordRule.by_name("" if "." in name else name)()
    except (ConfigurationError, TypeError) as error:
        problem = f"was sampled with the word rule {name!r}, which is not registered"
        known = ", ".join(WordRule.list_available())
        hint = f"include its package with --include-package; registered are {known}"
        raise ConfigurationError(problem, hint=hint) from error
    return rule


def spelt_ngrams(table: pa.Table) -> pa.Array:
    """Return the n-grams in the spelling in which they are looked up, in the order of the table.

    Of a table without metadata, or whose word rule has no common spellings, they are returned unchanged.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    ngrams = table["ngram"].combine_chunks()
    if not table.schema.metadata or not word_rule_of(table).one_spelling:
        return ngrams
    lowercase = about_dictionary(table)["lowercase"]
    # ASCII has one spelling only. Most n-grams are ASCII, so Python sees few of them.
    varying = pc.invert(pc.string_is_ascii(ngrams))
    others = ngrams.filter(varying).to_pylist()
    spelt = [" ".join(spelling_of(word, lowercase) for word in ngram.split(" ")) for ngram in others]
    return pc.replace_with_mask(ngrams, varying, pa.array(spelt, pa.string()))
