"""Laws of the dictionaries."""

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
from spanreg.testing.contract import Law, Subject, hold

CASES: list[dict[str, Any]] = [{}]


def the_table_has_its_columns(subject: Subject) -> None:
    """The columns are ``ngram``, ``n``, ``count`` of their types, then scores in float64."""
    schema = subject.make().table().schema
    for field in SCHEMA:
        hold(field.name in schema.names, f"there is no column {field.name!r}; there are {', '.join(schema.names)}")
        kind = schema.field(field.name).type
        hold(kind == field.type, f"column {field.name!r} is of {kind}, not of {field.type}")
    first = schema.names[: len(SCHEMA)]
    hold(first == SCHEMA.names, f"the columns begin with {', '.join(first)}, not with {', '.join(SCHEMA.names)}")
    for field in list(schema)[len(SCHEMA) :]:
        hold(pa.types.is_float64(field.type), f"the score {field.name!r} is of {field.type}, not of double")


def the_metadata_say_what_it_is(subject: Subject) -> None:
    """Format, word rule, lower-casing and number of entries stand in the schema's metadata."""
    table = subject.make().table()
    about = about_dictionary(table)
    for key in ("lowercase", "origin", "sha256", "entries"):
        hold(key in about, f"the metadata have no {key!r}; make the table with dictionary_table")
    hold(about["entries"] == table.num_rows, f"the metadata say {about['entries']} entries, there are {table.num_rows}")


def entries_are_distinct_ngrams(subject: Subject) -> None:
    """No n-gram stands there twice; each is of n >= 2 words joined by one space, and has occurred."""
    table = subject.make().table()
    rule = word_rule_of(table)
    ngrams, lengths = table["ngram"].to_pylist(), table["n"].to_pylist()
    twice = len(ngrams) - len(set(ngrams))
    hold(not twice, f"{twice} n-grams stand there more than once")
    for ngram, length in zip(ngrams, lengths, strict=True):
        parts = ngram.split(" ")
        hold(length == len(parts), f"{ngram!r} has n = {length}, and {len(parts)} words")
        hold(length >= 2, f"{ngram!r} is of {length} words")
        words = rule.words_of([ngram]).of(0)
        hold(words == parts, f"{ngram!r} is not words joined by one space: the word rule finds {words}")
    least = pc.min(table["count"]).as_py()
    hold(least is None or least >= 1, f"some n-gram has count {least}")


def lower_case_is_kept_to(subject: Subject) -> None:
    """Where the metadata say lower case, the n-grams are: words are lower-cased to be looked up."""
    table = subject.make().table()
    if about_dictionary(table)["lowercase"]:
        ngrams = table["ngram"].to_pylist()
        words = word_rule_of(table).words_of(ngrams)
        forms = words.forms(lowercase=True)
        bounds = words.bounds.tolist()
        wrong = [ngram for i, ngram in enumerate(ngrams) if " ".join(forms[bounds[i] : bounds[i + 1]]) != ngram]
        hold(not wrong, f"lowercase is true, but {wrong[:1]} would never be found")


def results_are_repeated(subject: Subject) -> None:
    """The same config gives the same table and the same fingerprint, which is a string."""
    one, other = subject.make(), subject.make()
    hold(one.table().equals(one.table()), "table gives something else the second time")
    hold(one.table().equals(other.table()), "a second dictionary of the same config has another table")
    fingerprint = one.fingerprint()
    hold(isinstance(fingerprint, str) and fingerprint != "", f"fingerprint gives {fingerprint!r}, not a string")
    hold(fingerprint == other.fingerprint(), "a second dictionary of the same config has another fingerprint")


def fingerprints_tell_tables_apart(subject: Subject) -> None:
    """Options that lead to other entries lead to another fingerprint: caches hang on that."""
    plain = subject.make()
    for name, value, other in variations(subject):
        try:
            differs = not other.table().equals(plain.table())
        except ConfigurationError:  # that value leaves nothing, say
            continue
        told = not differs or other.fingerprint() != plain.fingerprint()
        hold(told, f"with {name} = {value!r} entries are others, but the fingerprint is the same")


def it_can_be_written_and_read(subject: Subject) -> None:
    """As a file it is what it was, and is taken for sound."""
    table = subject.make().table()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "dictionary.parquet"
        write_dictionary(table, path)
        read = read_dictionary(path)
        hold(read.equals(table), "the table that was written is not the one that is read")
        del read


LAWS: list[Law] = [
    the_table_has_its_columns,
    the_metadata_say_what_it_is,
    entries_are_distinct_ngrams,
    lower_case_is_kept_to,
    results_are_repeated,
    fingerprints_tell_tables_apart,
    it_can_be_written_and_read,
]

FORM: list[Law] = [the_table_has_its_columns]
