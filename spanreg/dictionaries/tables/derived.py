"""Base classes and helpers of dictionaries that compute their table."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spanreg.dictionaries.base import SpanDictionary, word_rule_of
from spanreg.dictionaries.tables.artefact import about_dictionary, dictionary_table, score_names, table_fingerprint
from spanreg.registry import ConfigurationError


class CachedDictionary(SpanDictionary):
    """Base class of the dictionaries that compute their table at the first use."""

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

    def __init__(self, dictionaries: list[SpanDictionary]) -> None:
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


def select(table: pa.Table, rows: pa.Array | pa.ChunkedArray, origin: Mapping[str, Any]) -> pa.Table:
    """Return a dictionary's table with the selected rows and a new origin.

    Args:
        table: table of a dictionary.
        rows: mask over the rows, or their indices.
        origin: provenance of the result.
    """
    mask = pa.types.is_boolean(rows.type)
    kept = table.filter(rows) if mask else table.take(rows)
    return dictionary_table(
        kept["ngram"].combine_chunks(),
        kept["n"].to_numpy(),
        kept["count"].to_numpy(),
        lowercase=about_dictionary(table)["lowercase"],
        origin=origin,
        scores={name: kept[name].to_numpy() for name in score_names(table)},
        rule=word_rule_of(table),
    )


def tables_of(dictionaries: Sequence[SpanDictionary]) -> list[pa.Table]:
    """Return the tables of dictionaries that are to be combined.

    Raises:
        ConfigurationError: they differ in lower-casing or word rule.
    """
    tables = [dictionary.table() for dictionary in dictionaries]
    about = [about_dictionary(table) for table in tables]
    for key in ("lowercase", "words"):
        values = [one[key] for one in about]
        # The first dictionary is the reference; the message names the first one that differs.
        place = next((place for place, value in enumerate(values) if value != values[0]), None)
        if place is not None:
            problem = f"has {key} {values[place]}, and the first dictionary {values[0]}"
            raise ConfigurationError(problem, path=f"dictionaries.{place}", hint=f"sample both with the same {key}")
    return tables


def origins(tables: Sequence[pa.Table]) -> list[Any]:
    """Return the provenance of each table."""
    return [about_dictionary(table)["origin"] for table in tables]


def contained_in(table: pa.Table, other: pa.Table) -> pa.ChunkedArray:
    """Return True for each n-gram of ``table`` that is also in ``other``, shape: (entries,)."""
    return pc.is_in(table["ngram"], value_set=other["ngram"].combine_chunks())


def combined(tables: Sequence[pa.Table]) -> pa.Table:
    """Return the union of the tables: each n-gram from the first table with it, and the columns common to all."""
    shared = [name for name in tables[0].schema.names if all(name in table.schema.names for table in tables)]
    result = tables[0].select(shared)
    for table in tables[1:]:
        new = table.filter(pc.invert(contained_in(table, result))).select(shared)
        result = pa.concat_tables([result, new.replace_schema_metadata(result.schema.metadata)])
    return result


def all_rows(table: pa.Table) -> pa.Array:
    """Return a mask that selects all rows."""
    return pa.array(np.ones(table.num_rows, dtype=np.bool_))
