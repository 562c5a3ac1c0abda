"""What dictionaries whose table is made, from a corpus or from other dictionaries, have in common."""

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
    """A dictionary whose table is made at the first use and then kept."""

    _table: pa.Table | None = None

    def table(self) -> pa.Table:
        if self._table is None:
            self._table = self.make()
        return self._table

    def fingerprint(self) -> str:
        return table_fingerprint(self.table())

    @abstractmethod
    def make(self) -> pa.Table:
        """The table, made anew."""


class CombinedDictionary(CachedDictionary):
    """A dictionary made of several others.

    Parameters:
        dictionaries: two or more.

    Raises:
        ConfigurationError: fewer than two; some are in lower case and others are not, or have another word rule.
    """

    def __init__(self, dictionaries: list[SpanDictionary]) -> None:
        if len(dictionaries) < 2:
            problem = f"holds {len(dictionaries)} of the two or more that are needed"
            raise ConfigurationError(problem, path="dictionaries", hint="give a list of dictionaries")
        self._dictionaries = dictionaries


def require_range(min_n: int, max_n: int | None) -> None:
    """Refuses a range of lengths that holds none.

    Raises:
        ConfigurationError: ``min_n`` exceeds ``max_n``.
    """
    if max_n is not None and min_n > max_n:
        hint = f"give a min_n of {max_n} or less, or a greater max_n"
        raise ConfigurationError(f"min_n {min_n} exceeds max_n {max_n}", path="min_n", hint=hint)


def select(table: pa.Table, rows: pa.Array | pa.ChunkedArray, origin: Mapping[str, Any]) -> pa.Table:
    """The rows of a dictionary's table that a mask or a list of indices names, as a dictionary of that origin."""
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
    """The tables of dictionaries that are to be compared.

    Raises:
        ConfigurationError: some are in lower case and some are not, or they have different word rules.
    """
    tables = [dictionary.table() for dictionary in dictionaries]
    about = [about_dictionary(table) for table in tables]
    for key in ("lowercase", "words"):
        values = [one[key] for one in about]
        place = next((place for place, value in enumerate(values) if value != values[0]), None)
        if place is not None:
            problem = f"has {key} {values[place]}, and the first one {values[0]}"
            raise ConfigurationError(problem, path=f"dictionaries.{place}", hint=f"make both with the same {key}")
    return tables


def origins(tables: Sequence[pa.Table]) -> list[Any]:
    """Where each comes from."""
    return [about_dictionary(table)["origin"] for table in tables]


def holds(table: pa.Table, other: pa.Table) -> pa.ChunkedArray:
    """Which n-grams of a table another one has too, shape: (entries,)."""
    return pc.is_in(table["ngram"], value_set=other["ngram"].combine_chunks())


def combined(tables: Sequence[pa.Table]) -> pa.Table:
    """All rows of the first, then those of each other one that are new; score columns only where all have them."""
    shared = [name for name in tables[0].schema.names if all(name in table.schema.names for table in tables)]
    result = tables[0].select(shared)
    for table in tables[1:]:
        new = table.filter(pc.invert(holds(table, result))).select(shared)
        result = pa.concat_tables([result, new.replace_schema_metadata(result.schema.metadata)])
    return result


def all_rows(table: pa.Table) -> pa.Array:
    """A mask that keeps everything."""
    return pa.array(np.ones(table.num_rows, dtype=np.bool_))
