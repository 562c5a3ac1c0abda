"""Base classes and helpers of dictionaries that compute their table."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spanreg.dictionaries.base import SpanDictionary, spelt_ngrams, word_rule_of
from spanreg.dictionaries.tables.artefact import about_dictionary, dictionary_table, score_names, table_fingerprint
from spanreg.registry import ConfigurationError, Items
from spanreg.words import WordRule


class CachedDictionary(SpanDictionary):
    """Base class of the dictionaries that compute their table at the first use, and keep it.

    To add one: subclass it in place of ``SpanDictionary``, and implement ``make`` instead of ``table``.
    """

    # On the class, so that subclasses need not call an ``__init__``.
    _table: pa.Table | None = None

    def table(self) -> pa.Table:
        if self._table is None:
            self._table = self.make()
        return self._table

    def fingerprint(self) -> str:
        return table_fingerprint(self.table())

    @abstractmethod
    def make(self) -> pa.Table:
        """Return a newly computed table."""


class CombinedDictionary(CachedDictionary):
    """Base class of the dictionaries that combine others.

    Parameters:
        dictionaries: two or more dictionaries.

    Raises:
        ConfigurationError: there are fewer than two, or they differ in lower-casing or word rule.
    """

    def __init__(self, dictionaries: Annotated[list[SpanDictionary], Items(2)]) -> None:
        if len(dictionaries) < 2:
            problem = f"expected two or more dictionaries, got {len(dictionaries)}"
            raise ConfigurationError(problem, path="dictionaries", hint="give a list of dictionaries")
        self._dictionaries = dictionaries


def require_range(min_n: int, max_n: int | None) -> None:
    """Check that a range of lengths is not empty.

    Raises:
        ConfigurationError: ``min_n`` exceeds ``max_n``.
    """
    if max_n is not None and min_n > max_n:
        hint = f"give a min_n of {max_n} or less, or a greater max_n"
        raise ConfigurationError(f"min_n {min_n} exceeds max_n {max_n}", path="min_n", hint=hint)


def require_word_options(table: pa.Table, lowercase: bool | None, rule: WordRule | None, owner: str) -> None:
    """Check that configured word options are those of a dictionary that exists already.

    Args:
        table: table of the dictionary.
        lowercase: configured lower-casing; None: any.
        rule: configured word rule; None: any.
        owner: name of the dictionary in the message.

    Raises:
        ConfigurationError: an option differs; its path is ``lowercase`` or ``words``.
    """
    about = about_dictionary(table)
    for key, wanted in (("lowercase", lowercase), ("words", None if rule is None else rule.name)):
        if wanted not in (None, about[key]):
            problem = f"is {_spelt(wanted)}, but {owner} was sampled with {_spelt(about[key])}"
            raise ConfigurationError(problem, path=key, hint="remove the key, or use another dictionary")


def select(
    table: pa.Table, rows: pa.Array | pa.ChunkedArray, origin: Mapping[str, Any], max_size: int | None = None
) -> pa.Table:
    """Return a dictionary's table with the selected rows and a new origin, the most frequent n-grams first.

    Args:
        table: table of a dictionary.
        rows: mask over the rows, or their indices.
        origin: provenance of the result.
        max_size: number of the most frequent n-grams to keep; default: all.
    """
    is_mask = pa.types.is_boolean(rows.type)
    kept = table.filter(rows) if is_mask else table.take(rows)
    # A new table and not a slice of the old one: its metadata have the number and the hash of the entries.
    return dictionary_table(
        kept["ngram"].combine_chunks(),
        kept["n"].to_numpy(),
        kept["count"].to_numpy(),
        lowercase=about_dictionary(table)["lowercase"],
        origin=origin,
        max_size=max_size,
        scores={name: kept[name].to_numpy() for name in score_names(table)},
        rule=word_rule_of(table),
    )


def tables_of(dictionaries: Sequence[SpanDictionary]) -> list[pa.Table]:
    """Return the tables of dictionaries that are to be combined.

    Raises:
        ConfigurationError: they differ in lower-casing or word rule.
    """
    tables = [dictionary.table() for dictionary in dictionaries]
    # N-grams are compared as strings: with other words or another case, equal phrases would count as different ones.
    first, *others = (about_dictionary(table) for table in tables)
    for key in ("lowercase", "words"):
        for index, other in enumerate(others, start=1):
            if other[key] != first[key]:
                problem = f"has {key}: {_spelt(other[key])}, and the first dictionary {_spelt(first[key])}"
                raise ConfigurationError(problem, path=f"dictionaries.{index}", hint=f"sample both with the same {key}")
    return tables


def _spelt(value: bool | str | None) -> str:
    """Return the value of a word option as a config spells it."""
    return repr(value) if isinstance(value, str) else json.dumps(value)


def origins(tables: Sequence[pa.Table]) -> list[Any]:
    """Return the provenance of each table."""
    return [about_dictionary(table)["origin"] for table in tables]


def contained_in(table: pa.Table, other: pa.Table) -> pa.Array:
    """Return True for each n-gram of ``table`` that is also in ``other``, in any spelling, shape: (entries,)."""
    # As in look-ups: "don’t" and "don't" are one word, so that a difference must not keep what the other one matches.
    return pc.is_in(spelt_ngrams(table), value_set=spelt_ngrams(other))


def union_of(tables: Sequence[pa.Table]) -> pa.Table:
    """Return the union of tables: each n-gram from the first table that has it, with the columns common to all."""
    shared = [name for name in tables[0].schema.names if all(name in table.schema.names for table in tables)]
    result = tables[0].select(shared)
    # One table after the other: an n-gram of several later tables must be added once, from the first of them.
    for table in tables[1:]:
        new = table.filter(pc.invert(contained_in(table, result))).select(shared)
        # Arrow compares metadata, too, and those of two dictionaries always differ.
        result = pa.concat_tables([result, new.replace_schema_metadata(result.schema.metadata)])
    return result


def all_rows(table: pa.Table) -> pa.Array:
    """Return a mask that selects all rows."""
    return pa.array(np.ones(table.num_rows, dtype=np.bool_))
