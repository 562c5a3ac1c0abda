"""Show the entries of a span dictionary, and the ranks of a phrase."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from spanreg.cli.commands.sample_dictionary import entry_statistics
from spanreg.cli.options.argument_errors import under_arguments
from spanreg.cli.rendering.output import print_json, print_line, print_table
from spanreg.registry import ConfigurationError, suggest

if TYPE_CHECKING:
    import pyarrow as pa

_NEIGHBOURS = 3
"Entries that are shown above and below a phrase."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("action", choices=("show",), help="show counts, scores and ranks")
    parser.add_argument("dictionary", metavar="D", help="file of 'spanreg sample-dictionary', or a list of phrases")
    parser.add_argument("phrase", nargs="?", metavar="PHRASE", help="phrase to look up (default: an overview)")
    parser.add_argument("--by", default="count", metavar="SCORE", help="rank by this count or score (default: count)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from spanreg.dictionaries.file import FileDictionary

    with under_arguments(lambda name: "D" if name == "path" else name):
        table = FileDictionary(arguments.dictionary).table()
    columns = [name for name in table.schema.names if name not in ("ngram", "n")]
    if arguments.by not in columns:
        hint = suggest(arguments.by, columns, "columns")
        raise ConfigurationError(f"the dictionary has no score '{arguments.by}'", path="--by", hint=hint)
    table = _ranked(table, arguments.by)
    if arguments.phrase is None:
        _show_all(table, arguments.json)
    else:
        _show_phrase(table, arguments.phrase, columns, arguments.json)
    return 0


def _ranked(table: pa.Table, by: str) -> pa.Table:
    """Return the table sorted by a score, then by count and alphabetically."""
    import pyarrow.compute as pc

    # A dict, so that the count is one key if it is the score.
    keys = {by: "descending", "count": "descending", "n": "ascending", "ngram": "ascending"}
    return table.take(pc.sort_indices(table, list(keys.items())))


def _show_all(table: pa.Table, as_json: bool) -> None:
    """Print the number of entries by length, the first entries and the origin of a dictionary."""
    from spanreg.dictionaries.tables.artefact import about_dictionary, score_names

    about = about_dictionary(table)
    figures = {**entry_statistics(table), "scores": score_names(table), **about}
    if as_json:
        print_json(figures)
        return
    print_table(("n", "entries"), figures["entries_per_n"].items())
    rows = table.slice(0, 10).to_pylist()
    print_table(table.schema.names, [tuple(row.values()) for row in rows])
    origin = about["origin"]
    corpus = ", ".join(file["file"] for file in origin.get("corpus", [])) or origin.get("file", "")
    words = "" if about["words"] == "unicode" else f" of {about['words']} words"
    print_line(f"{table.num_rows:,} n-grams{words}; {origin['type']}{f' of {corpus}' if corpus else ''}")


def _show_phrase(table: pa.Table, phrase: str, columns: list[str], as_json: bool) -> None:
    """Print the values and ranks of a phrase, and the entries next to it."""
    import pyarrow.compute as pc

    from spanreg.dictionaries.base import ngram_of, place_of

    ngram = ngram_of(table, phrase)
    place = place_of(table, ngram)
    if place is None:
        raise ConfigurationError(f"'{ngram}' is not in the dictionary", hint=_nearest(table, ngram))
    row = table.slice(place, 1).to_pylist()[0]
    # The number of larger values and one: equal values share a rank.
    figures = {
        name: {"value": row[name], "rank": 1 + pc.sum(pc.greater(table[name], row[name])).as_py()} for name in columns
    }
    first = max(0, place - _NEIGHBOURS)
    neighbours = table.slice(first, place - first + _NEIGHBOURS + 1).to_pylist()
    if as_json:
        listed = [{"rank": first + i + 1, **other} for i, other in enumerate(neighbours)]
        print_json({"ngram": ngram, "n": row["n"], "figures": figures, "neighbours": listed})
        return
    print_line(f"{ngram}: {row['n']} words")
    ranked = [(name, one["value"], f"{one['rank']:,} of {table.num_rows:,}") for name, one in figures.items()]
    print_table(("figure", "value", "rank"), ranked)
    rows: list[tuple[Any, ...]] = [(first + i + 1, *other.values()) for i, other in enumerate(neighbours)]
    print_table(("place", *table.schema.names), rows)


def _nearest(table: pa.Table, ngram: str) -> str:
    """Return a hint with entries that contain the phrase, or else the longest of its words that an entry contains."""
    import pyarrow.compute as pc

    for part in (ngram, *sorted(ngram.split(" "), key=len, reverse=True)):
        # Spaces around entry and phrase, so that "art" does not match "part of".
        around = pc.binary_join_element_wise("", table["ngram"], "", " ")
        found = table.filter(pc.match_substring(around, f" {part} "))["ngram"].slice(0, 5).to_pylist()
        if found and part:
            return f"entries with '{part}': {', '.join(found)}"
    return "no entry has any of its words"
