"""Laws of dictionaries."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from spanreg.dictionaries.base import about_dictionary, word_rule_of
from spanreg.dictionaries.tables.artefact import SCHEMA, read_dictionary, write_dictionary
from spanreg.registry import ConfigurationError
from spanreg.testing.common import variations
from spanreg.testing.contract import ComponentCase, Law, require

CASES: list[dict[str, Any]] = [{}]


def the_table_has_its_columns(subject: ComponentCase) -> None:
    """The columns are ``ngram``, ``n`` and ``count`` with their types, then scores in float64."""
    schema = subject.make().table().schema
    for field in SCHEMA:
        require(field.name in schema.names, f"there is no column {field.name!r}; there are {', '.join(schema.names)}")
        kind = schema.field(field.name).type
        require(kind == field.type, f"column {field.name!r} has type {kind}, not {field.type}")
    first = schema.names[: len(SCHEMA)]
    require(first == SCHEMA.names, f"the columns start with {', '.join(first)}, not with {', '.join(SCHEMA.names)}")
    for field in list(schema)[len(SCHEMA) :]:
        require(pa.types.is_float64(field.type), f"the score {field.name!r} has type {field.type}, not double")


def the_metadata_are_complete(subject: ComponentCase) -> None:
    """The schema's metadata have format, word rule, lower-casing and number of entries."""
    table = subject.make().table()
    about = about_dictionary(table)
    for key in ("lowercase", "origin", "sha256", "entries"):
        require(key in about, f"the metadata have no {key!r}; create the table with dictionary_table")
    require(
        about["entries"] == table.num_rows, f"the metadata have {about['entries']} entries, the table {table.num_rows}"
    )


def entries_are_distinct_ngrams(subject: ComponentCase) -> None:
    """N-grams are unique, have n >= 2 words joined by single spaces, and a count of at least 1."""
    table = subject.make().table()
    rule = word_rule_of(table)
    ngrams, lengths = table["ngram"].to_pylist(), table["n"].to_pylist()
    duplicates = len(ngrams) - len(set(ngrams))
    require(not duplicates, f"{duplicates} n-grams are duplicates")
    for ngram, length in zip(ngrams, lengths, strict=True):
        parts = ngram.split(" ")
        require(length == len(parts), f"{ngram!r} has n = {length}, but {len(parts)} words")
        require(length >= 2, f"{ngram!r} has {length} words")
        # As the segmenter will see it: an entry that the rule splits otherwise is never matched.
        words = rule.words_of([ngram]).of(0)
        require(words == parts, f"{ngram!r} is not words joined by one space: the word rule finds {words}")
    # None for a dictionary without entries, which is allowed.
    least = pc.min(table["count"]).as_py()
    require(least is None or least >= 1, f"an n-gram has the count {least}")


def lower_case_is_as_declared(subject: ComponentCase) -> None:
    """N-grams are in lower case if the metadata declare it: words are then lower-cased for look-ups."""
    table = subject.make().table()
    if about_dictionary(table)["lowercase"]:
        ngrams = table["ngram"].to_pylist()
        words = word_rule_of(table).words_of(ngrams)
        forms = words.forms(lowercase=True)
        bounds = words.bounds.tolist()
        wrong = [ngram for i, ngram in enumerate(ngrams) if " ".join(forms[bounds[i] : bounds[i + 1]]) != ngram]
        require(not wrong, f"lowercase is true, but {wrong[:1]} would never be found")


def results_are_repeated(subject: ComponentCase) -> None:
    """Equal configs have equal tables and equal fingerprints, which are strings."""
    one, other = subject.make(), subject.make()
    require(one.table().equals(one.table()), "table returns another table the second time")
    require(one.table().equals(other.table()), "a second dictionary of the same config has another table")
    fingerprint = one.fingerprint()
    require(isinstance(fingerprint, str) and fingerprint != "", f"fingerprint returns {fingerprint!r}, not a string")
    require(fingerprint == other.fingerprint(), "a second dictionary of the same config has another fingerprint")


def different_tables_have_different_fingerprints(subject: ComponentCase) -> None:
    """Options that change the entries change the fingerprint, on which caches depend."""
    plain = subject.make()
    for name, value, other in variations(subject):
        try:
            differs = not other.table().equals(plain.table())
        except ConfigurationError:  # for instance, no entry is left with that value
            continue
        is_detected = not differs or other.fingerprint() != plain.fingerprint()
        require(is_detected, f"{name} = {value!r} changes the entries, but not the fingerprint")


def it_can_be_written_and_read(subject: ComponentCase) -> None:
    """The table is unchanged after writing and reading, and the file passes its checks."""
    table = subject.make().table()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "dictionary.parquet"
        write_dictionary(table, path)
        read = read_dictionary(path)
        require(read.equals(table), "the table that is read differs from the one that was written")
        del read  # Windows cannot remove a file that is memory-mapped


LAWS: list[Law] = [
    the_table_has_its_columns,
    the_metadata_are_complete,
    entries_are_distinct_ngrams,
    lower_case_is_as_declared,
    results_are_repeated,
    different_tables_have_different_fingerprints,
    it_can_be_written_and_read,
]

FORM: list[Law] = [the_table_has_its_columns]
