"""Lists of phrases: plain text, tab-separated values, or JSON lines."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple, NoReturn

import numpy as np

from spanreg.registry import ConfigurationError
from spanreg.text.files.blocks import file_blocks
from spanreg.text.files.json_lines import parse_json_line
from spanreg.text.files.suffixes import content_suffix
from spanreg.text.numbers import is_number, is_whole
from spanreg.words import WordRule

Duplicates = Literal["refuse", "first", "last"]

_KEY: Final = "ngram"
"Column of the phrases."
_LARGEST_COUNT: Final = 2**63 - 1
"Largest value of the column ``count``, which is int64."
_MOST_DIGITS: Final = 300
"Largest number of digits of an integer; longer ones exceed the range of a float."


class PhraseList(NamedTuple):
    """Phrases of a file with their numbers; every list but ``columns`` has one item for each line that is not empty."""

    columns: list[str]
    "Names of the numbers, ``count`` first."
    lines: list[int]
    "Line numbers, from 1."
    phrases: list[str]
    "Phrases as they are written in the file."
    values: list[tuple[float, ...]]
    "Numbers of each phrase, in the order of ``columns``."


class MergedPhrases(NamedTuple):
    """Distinct n-grams of a list."""

    ngrams: list[str]
    "Words joined by spaces, in the order of the list."
    n: list[int]
    "Number of words of each n-gram."
    values: list[tuple[float, ...]]
    "Numbers of each n-gram, in the order of the list's columns."
    single: int
    "Number of phrases of one word, which were skipped."


def read_phrases(path: Path) -> PhraseList:
    """Return the phrases of a file, whose form is determined by its suffix.

    Raises:
        ConfigurationError: the file cannot be read, or a line is malformed.
    """
    kind = content_suffix(path)
    text = b"".join(file_blocks(path)).decode()  # file_blocks raises for bytes that are not UTF-8
    # Not splitlines(), which also ends lines at characters such as U+2028.
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if kind == ".tsv":
        return _read_tsv(lines, str(path))
    if kind in (".jsonl", ".ndjson"):
        return _read_json(lines, str(path))
    if kind == ".csv":
        hint = "give one phrase per line (.txt), tab-separated values (.tsv) or JSON lines (.jsonl)"
        raise ConfigurationError("comma-separated values are not supported", hint=hint, file=str(path))
    # A tab in a plain list means that it is tab-separated: its numbers must not become words of the phrases.
    for number, line in lines:
        if "\t" in line.strip():
            hint = "separate words by spaces, or give a list of tab-separated values the suffix .tsv"
            raise ConfigurationError("the phrase contains a tab", hint=hint, file=f"{path}:{number}")
    return PhraseList(["count"], [number for number, _ in lines], [line for _, line in lines], [(1,)] * len(lines))


def merge_phrases(
    listed: PhraseList, *, rule: WordRule, lowercase: bool, duplicates: Duplicates, file: str
) -> MergedPhrases:
    """Return the distinct n-grams of a list; of several Unicode spellings of a phrase, the first one is kept.

    Args:
        listed: the list.
        rule: word rule that splits the phrases.
        lowercase: whether the n-grams are in lower case.
        duplicates: treatment of a phrase with different numbers, as in ``FileDictionary``.
        file: name of the file in errors.

    Raises:
        ConfigurationError: a phrase has different numbers in two lines, and ``duplicates`` is ``refuse``.
    """
    words = rule.words_of(listed.phrases)
    lengths = np.diff(words.bounds).tolist()
    forms, bounds = words.forms(lowercase), words.bounds.tolist()
    # N-grams keep their form in the table, but two phrases that a lookup cannot distinguish are one entry.
    spellings = words.spelt(lowercase)
    found: dict[str, int] = {}
    for row in (row for row, length in enumerate(lengths) if length > 1):
        spelling = " ".join(spellings[bounds[row] : bounds[row + 1]])
        first = found.setdefault(spelling, row)  # the row of the first phrase with this spelling
        if listed.values[first] != listed.values[row]:
            if duplicates == "refuse":
                _raise_duplicate(spelling, listed, first, row, file)
            if duplicates == "last":
                found[spelling] = row
    rows = list(found.values())
    ngrams = [" ".join(forms[bounds[row] : bounds[row + 1]]) for row in rows]
    return MergedPhrases(ngrams, [lengths[row] for row in rows], [listed.values[row] for row in rows], lengths.count(1))


def _read_tsv(lines: Sequence[tuple[int, str]], file: str) -> PhraseList:
    rows = [(number, line.removesuffix("\r").split("\t")) for number, line in lines]
    columns = ["count"]
    if is_named := bool(rows) and rows[0][1][0] == _KEY:
        columns = rows.pop(0)[1][1:]
    values = []
    for number, (_, *cells) in rows:
        if len(cells) > len(columns):
            problem = f"has {len(cells) + 1} fields, expected at most {len(columns) + 1}"
            hint = f"name the columns in the first line: {_KEY}, count, ..."
            raise ConfigurationError(problem, hint=hint, file=f"{file}:{number}")
        values.append([_number(cell, number, file) for cell in cells])
    # Without named columns, a phrase without a count is allowed, as in a plain list; with them, a missing value is not.
    short = [index for index, row in enumerate(values) if len(row) < len(columns)]
    if short and is_named:
        where = f"{file}:{rows[short[0]][0]}"
        raise ConfigurationError(
            "has fewer fields than columns", hint=f"give {', '.join([_KEY, *columns])}", file=where
        )
    numbers, phrases = [number for number, _ in rows], [cells[0] for _, cells in rows]
    return _with_counts(columns, numbers, phrases, [row or [1] for row in values], file)


def _read_json(lines: Sequence[tuple[int, str]], file: str) -> PhraseList:
    hint = f'give {{"{_KEY}": "a phrase", ...}}'
    rows = [(number, parse_json_line(line, f"{file}:{number}", hint)) for number, line in lines]
    columns = [name for name in rows[0][1] if name != _KEY] if rows else []
    values = []
    for number, row in rows:
        if not isinstance(row.get(_KEY), str):
            raise ConfigurationError(f"has no phrase under '{_KEY}'", hint=hint, file=f"{file}:{number}")
        if set(row) != {_KEY, *columns}:
            problem = f"has the keys {', '.join(row)}, and the first line {', '.join([_KEY, *columns])}"
            raise ConfigurationError(problem, hint="give all lines the same keys", file=f"{file}:{number}")
        values.append([_number(row[name], number, file) for name in columns])
    return _with_counts(columns, [number for number, _ in rows], [row[_KEY] for _, row in rows], values, file)


def _with_counts(
    columns: list[str], lines: list[int], phrases: list[str], values: Sequence[Sequence[float]], file: str
) -> PhraseList:
    """Return the phrases with ``count`` as the first column, 1 by default.

    Raises:
        ConfigurationError: a column has a name that is reserved or used twice, a phrase is empty, or a count is not an
            integer of at least 0.
    """
    wrong = [name for name in columns if not name or name in (_KEY, "n") or columns.count(name) > 1]
    if wrong:
        hint = f"give all columns different names, other than '{_KEY}' and 'n'"
        raise ConfigurationError(f"a column of numbers is called '{wrong[0]}'", hint=hint, file=file)
    empty = next((line for line, phrase in zip(lines, phrases, strict=True) if not phrase.strip()), None)
    if empty is not None:
        raise ConfigurationError("the phrase is missing", hint="add it, or remove the line", file=f"{file}:{empty}")
    if "count" not in columns:
        return PhraseList(["count", *columns], lines, phrases, [(1, *row) for row in values])
    at = columns.index("count")
    ordered = [(row[at], *row[:at], *row[at + 1 :]) for row in values]
    for line, (count, *_) in zip(lines, ordered, strict=True):
        if count < 0 or count != int(count) or count > _LARGEST_COUNT:
            problem = f"expected an integer of at least 0 as count, got {count}"
            raise ConfigurationError(problem, hint="correct the count", file=f"{file}:{line}")
    return PhraseList(["count", *columns[:at], *columns[at + 1 :]], lines, phrases, ordered)


def _number(value: object, line: int, file: str) -> float:
    """Return a number of a list.

    Raises:
        ConfigurationError: it is not a finite number.
    """
    number = value
    # Integers are not parsed as floats, so that counts above 2**53 stay exact.
    if isinstance(value, str):
        text = value.strip(" ")
        number = int(text) if is_whole(text) and len(text) <= _MOST_DIGITS else float(text) if is_number(text) else None
    # A boolean is an integer in Python. The comparison is false for NaN, and exact for integers of any size.
    if isinstance(number, bool) or not isinstance(number, int | float) or not abs(number) <= sys.float_info.max:
        raise ConfigurationError(
            f"expected a number, got {value!r}", hint="give a finite number", file=f"{file}:{line}"
        )
    return number


def _raise_duplicate(ngram: str, listed: PhraseList, first: int, row: int, file: str) -> NoReturn:
    def spelt(at: int) -> str:
        return ", ".join(f"{name} {value:g}" for name, value in zip(listed.columns, listed.values[at], strict=True))

    problem = f"'{ngram}' has {spelt(first)} in line {listed.lines[first]} and {spelt(row)} in line {listed.lines[row]}"
    hint = "remove one, or set `duplicates` to 'first' or 'last'"
    raise ConfigurationError(problem, hint=hint, file=file)
