"""Lists of phrases: plain, with figures between tabs, or as JSON lines."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, NoReturn

import numpy as np

from spanreg.registry import ConfigurationError
from spanreg.text.files.blocks import file_blocks
from spanreg.text.files.json_lines import parse_object
from spanreg.text.numbers import is_number, is_whole
from spanreg.words import WordRule

Duplicates = Literal["refuse", "first", "last"]

_PACKED: Final = (".gz", ".zst")
_KEY: Final = "ngram"
_LARGEST_COUNT: Final = 2**63 - 1
_LONGEST: Final = 300
"Digits; more make no number that a computer counts with."


class PhraseList(NamedTuple):
    """The lines of a file as they are written; empty ones are left out."""

    columns: list[str]
    "Names of the figures, ``count`` first."
    lines: list[int]
    "Numbers of the lines, counted from 1."
    phrases: list[str]
    figures: list[tuple[float, ...]]
    "Of each phrase, in the order of ``columns``."


class MergedPhrases(NamedTuple):
    """The distinct n-grams of a list."""

    ngrams: list[str]
    n: list[int]
    figures: list[tuple[float, ...]]
    single: int
    "How many phrases of one word were left out."


def read_phrases(path: Path) -> PhraseList:
    """Reads a list, of the kind that its name's suffix says.

    Raises:
        ConfigurationError: the file cannot be read, or a line is not as its kind wants it.
    """
    suffixes = [suffix for suffix in path.suffixes if suffix not in _PACKED]
    kind = suffixes[-1] if suffixes else ""
    text = b"".join(file_blocks(path)).decode()
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if kind == ".tsv":
        return _read_tsv(lines, str(path))
    if kind in (".jsonl", ".ndjson"):
        return _read_json(lines, str(path))
    if kind == ".csv":
        hint = "give a phrase a line (.txt), figures between tabs (.tsv) or JSON lines (.jsonl)"
        raise ConfigurationError("values between commas are no list of phrases", hint=hint, file=str(path))
    for number, line in lines:
        if "\t" in line.strip():
            hint = "write a blank between words; a list with figures between tabs is called .tsv"
            raise ConfigurationError("the phrase has a tab", hint=hint, file=f"{path}:{number}")
    return PhraseList(["count"], [number for number, _ in lines], [line for _, line in lines], [(1,)] * len(lines))


def merge_phrases(
    listed: PhraseList, *, rule: WordRule, lowercase: bool, duplicates: Duplicates, file: str
) -> MergedPhrases:
    """The n-grams of the phrases, each once; those that Unicode spells in several ways have the first one's spelling.

    Raises:
        ConfigurationError: a phrase has different figures in two places, and that is to be refused.
    """
    words = rule.words_of(listed.phrases)
    lengths = np.diff(words.bounds).tolist()
    forms, bounds = words.forms(lowercase), words.bounds.tolist()
    spellings = words.spelt(lowercase)
    found: dict[str, int] = {}
    for row in (row for row, length in enumerate(lengths) if length > 1):
        spelling = " ".join(spellings[bounds[row] : bounds[row + 1]])
        first = found.setdefault(spelling, row)
        if listed.figures[first] != listed.figures[row]:
            if duplicates == "refuse":
                _refuse_duplicate(spelling, listed, first, row, file)
            if duplicates == "last":
                found[spelling] = row
    rows = list(found.values())
    ngrams = [" ".join(forms[bounds[row] : bounds[row + 1]]) for row in rows]
    return MergedPhrases(
        ngrams, [lengths[row] for row in rows], [listed.figures[row] for row in rows], lengths.count(1)
    )


def _read_tsv(lines: Sequence[tuple[int, str]], file: str) -> PhraseList:
    rows = [(number, line.removesuffix("\r").split("\t")) for number, line in lines]
    columns = ["count"]
    if rows and rows[0][1][0] == _KEY:
        columns = rows.pop(0)[1][1:]
    figures = []
    for number, (_, *cells) in rows:
        if len(cells) > len(columns):
            problem = f"{len(cells) + 1} fields, and {len(columns) + 1} are known"
            hint = f"name them in a first line: {_KEY}, count, ..."
            raise ConfigurationError(problem, hint=hint, file=f"{file}:{number}")
        figures.append([_number(cell, number, file) for cell in cells])
    # A plain phrase among phrases with counts has the count of a plain list.
    short = [place for place, row in enumerate(figures) if len(row) < len(columns)]
    if short and columns != ["count"]:
        where = f"{file}:{rows[short[0]][0]}"
        raise ConfigurationError("fewer fields than columns", hint=f"give {', '.join([_KEY, *columns])}", file=where)
    numbers, phrases = [number for number, _ in rows], [cells[0] for _, cells in rows]
    return _listed(columns, numbers, phrases, [row or [1] for row in figures], file)


def _read_json(lines: Sequence[tuple[int, str]], file: str) -> PhraseList:
    rows = list(_objects(lines, file))
    columns = [name for name in rows[0][1] if name != _KEY] if rows else []
    figures = []
    for number, row in rows:
        if set(row) != {_KEY, *columns}:
            problem = f"the keys are {', '.join(row)}, and in the first line {', '.join([_KEY, *columns])}"
            raise ConfigurationError(problem, hint="give the same keys in all", file=f"{file}:{number}")
        figures.append([_number(row[name], number, file) for name in columns])
    return _listed(columns, [number for number, _ in rows], [row[_KEY] for _, row in rows], figures, file)


def _objects(lines: Sequence[tuple[int, str]], file: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in lines:
        hint = f'give {{"{_KEY}": "a phrase", ...}}'
        row = parse_object(line, f"{file}:{number}", hint)
        if not isinstance(row.get(_KEY), str):
            raise ConfigurationError(f"no phrase under '{_KEY}'", hint=hint, file=f"{file}:{number}")
        yield number, row


def _listed(
    columns: list[str], lines: list[int], phrases: list[str], figures: Sequence[Sequence[float]], file: str
) -> PhraseList:
    """With ``count`` in the first place, 1 where it is not given."""
    wrong = [name for name in columns if not name or name in (_KEY, "n") or columns.count(name) > 1]
    if wrong:
        hint = f"name every column once, and none '{_KEY}' or 'n'"
        raise ConfigurationError(f"a column of figures is called '{wrong[0]}'", hint=hint, file=file)
    empty = next((line for line, phrase in zip(lines, phrases, strict=True) if not phrase.strip()), None)
    if empty is not None:
        raise ConfigurationError("the phrase is missing", hint="give one", file=f"{file}:{empty}")
    if "count" not in columns:
        return PhraseList(["count", *columns], lines, phrases, [(1, *row) for row in figures])
    at = columns.index("count")
    ordered = [(row[at], *row[:at], *row[at + 1 :]) for row in figures]
    for line, (count, *_) in zip(lines, ordered, strict=True):
        if count < 0 or count != int(count) or count > _LARGEST_COUNT:
            raise ConfigurationError(f"the count is {count}", hint="give a whole number", file=f"{file}:{line}")
    return PhraseList(["count", *columns[:at], *columns[at + 1 :]], lines, phrases, ordered)


def _number(value: object, line: int, file: str) -> float:
    """Return a figure; whole numbers stay exact."""
    number = value
    if isinstance(value, str):
        text = value.strip(" ")
        number = int(text) if is_whole(text) and len(text) <= _LONGEST else float(text) if is_number(text) else None
    if isinstance(number, bool) or not isinstance(number, int | float) or not abs(number) <= sys.float_info.max:
        raise ConfigurationError(f"{value!r} is no number", hint="give a finite one", file=f"{file}:{line}")
    return number


def _refuse_duplicate(ngram: str, listed: PhraseList, first: int, row: int, file: str) -> NoReturn:
    def spelt(at: int) -> str:
        return ", ".join(f"{name} {value:g}" for name, value in zip(listed.columns, listed.figures[at], strict=True))

    problem = (
        f"'{ngram}' stands in line {listed.lines[first]} with {spelt(first)} "
        f"and in line {listed.lines[row]} with {spelt(row)}"
    )
    hint = "remove one, or say which one holds by `duplicates`: 'first' or 'last'"
    raise ConfigurationError(problem, hint=hint, file=file)
