"""Files with a word and its columns on every line, an empty line after each sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

from spanreg.data.sources.layout import Scheme
from spanreg.registry import ConfigurationError
from spanreg.text.files.json_lines import numbered_lines

OUTSIDE: Final = "O"

_BLANK: Final = " \t\r"
_SPACES: Final = re.compile(" +")
_DOCUMENT: Final = "-DOCSTART-"
_NO_WORD: Final = re.compile(r"[0-9]+-[0-9]+|[0-9]+\.[0-9]+")
"Ids that CoNLL-U gives to several words together and to words that are not in the text."


class Sentence(NamedTuple):
    """Words and their labels."""

    words: list[str]
    labels: list[str]
    "Empty where none were asked for."
    lines: list[int]
    "The line of each word, counted from 1."


@dataclass(frozen=True, slots=True)
class ColumnFormat:
    """Which columns hold words and labels.

    Columns are between tabs where the first line has any: a word may then hold a space, and a value may be empty.
    Otherwise they are between spaces. All lines have as many columns. A line that begins with ``#`` before the first
    word of a sentence is a comment if it has no tab in a file with tabs, or begins with ``# `` and has another number
    of columns than the others. ``-DOCSTART-`` lines are skipped. Where the first column numbers the words of a sentence
    from 1, as in CoNLL-U, ranges (``1-2``) and empty nodes (``8.1``) between them are no words.
    """

    word: int = 0
    "The words' column, counted from 0."
    label: int | None = -1
    "The labels' column; negative numbers count from the last. None where no labels are wanted."

    def sentences(self, path: Path) -> Iterator[Sentence]:
        """Yield the sentences of a file, plain, ``.gz`` or ``.zst``.

        Raises:
            ConfigurationError: the file cannot be read, lines have different numbers of columns, or a word or label is
                missing.
        """
        return self.sentences_of(numbered_lines(path), str(path))

    def sentences_of(self, lines: Iterable[tuple[int, str]], file: str) -> Iterator[Sentence]:
        """Yield the sentences of numbered lines.

        Args:
            lines: numbers, counted from 1, and texts.
            file: what errors call their source.

        Raises:
            ConfigurationError: lines have different numbers of columns, or a word or label is missing.
        """
        reader = _LineReader(file)
        rows: list[tuple[int, list[str]]] = []
        for number, columns in chain(reader.read(lines), [(0, None)]):
            if columns is not None:
                rows.append((number, columns))
            elif rows:
                yield self._sentence(rows, file)
                rows = []

    def _sentence(self, rows: Sequence[tuple[int, list[str]]], file: str) -> Sentence:
        width = len(rows[0][1])
        places = (self.word, self.word if self.label is None else self.label)
        if not all(-width <= place < width for place in places):
            problem = f"the line has {width} columns, asked for are {self.word} and {self.label} (counted from 0)"
            raise ConfigurationError(
                problem, file=f"{file}:{rows[0][0]}", hint="choose the columns by 'word' and 'label'"
            )
        numbered = _words_by_number(rows) if self.word else None
        rows = rows if numbered is None else numbered
        words = [_cell(columns, self.word, "word", f"{file}:{line}") for line, columns in rows]
        labels = []
        if self.label is not None:
            labels = [_cell(columns, self.label, "label", f"{file}:{line}") for line, columns in rows]
            if numbered is not None and "_" in labels:
                where = f"{file}:{rows[labels.index('_')][0]}"
                raise ConfigurationError(
                    "the label is '_', by which CoNLL-U means that there is none",
                    file=where,
                    hint="choose another column by 'label', or give the word a label",
                )
        return Sentence(words, labels, [line for line, _ in rows])


class _LineReader:
    """Cuts the lines of one file into columns, and tells comments from words."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._width = 0
        self._has_tabs = False

    def read(self, lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, list[str] | None]]:
        """Yield number and columns of each word's line, None in place of the columns between two sentences."""
        rest = iter(lines)
        held: list[tuple[int, str]] = []
        candidates: list[str] = []
        # lines that may be comments do not decide how many columns there are, unless there are no others
        for number, line in rest:
            held.append((number, line))
            if line.strip(_BLANK) and not line.startswith(_DOCUMENT):
                candidates.append(line)
                if not line.startswith("#"):
                    break
        decisive = next((line for line in candidates if not line.startswith("#")), "".join(candidates[:1]))
        self._width, self._has_tabs = len(_columns(decisive)), "\t" in decisive
        inside = False
        for number, line in chain(held, rest):
            columns = _columns(line, tabs_only=self._has_tabs)
            if not line.strip(_BLANK) or columns[0] == _DOCUMENT:
                inside = False
                yield number, None
            elif inside or not self._is_comment(line, columns):
                inside = True
                self._require_width(number, columns)
                yield number, columns

    def _is_comment(self, line: str, columns: Sequence[str]) -> bool:
        if not line.startswith("#"):
            return False
        if self._has_tabs:
            return "\t" not in line
        return len(columns) != self._width and (line.startswith("# ") or columns == ["#"])

    def _require_width(self, number: int, columns: Sequence[str]) -> None:
        if len(columns) != self._width:
            raise ConfigurationError(
                f"{len(columns)} columns, and the lines before have {self._width}",
                file=f"{self._file}:{number}",
                hint="give every line as many; where a value is missing, put tabs between all columns",
            )


def _columns(line: str, *, tabs_only: bool = False) -> list[str]:
    """Return the values of a line."""
    line = line.removesuffix("\r")
    if tabs_only or "\t" in line:
        return [cell.strip(" ") for cell in line.split("\t")]
    return _SPACES.split(line.strip(" "))


def _words_by_number(rows: Sequence[tuple[int, list[str]]]) -> list[tuple[int, list[str]]] | None:
    """Return the rows that are words where the first column numbers these from 1; None where it does not."""
    words = [row for row in rows if not _NO_WORD.fullmatch(row[1][0])]
    numbers = [columns[0] for _, columns in words]
    return words if numbers and numbers == [str(number) for number in range(1, len(numbers) + 1)] else None


def _cell(columns: Sequence[str], place: int, what: str, where: str) -> str:
    if not columns[place].strip():
        raise ConfigurationError(f"the {what} is missing", file=where, hint=f"give one, or another column by '{what}'")
    return columns[place]


def as_iob2(sentence: Sentence, scheme: Scheme, file: str) -> list[str]:
    """Return the labels of chunks with ``B-`` on the first word of each chunk and ``I-`` on its others.

    Args:
        sentence: has the labels.
        scheme: how they mark chunks; ``none`` leaves them as they are.
        file: what errors call its source.

    Raises:
        ConfigurationError: a label breaks the scheme; its line is named.
    """
    if scheme == "none":
        return sentence.labels
    marks = _MARKS[scheme]
    found: list[str] = []
    before = OUTSIDE
    for line, label in zip(sentence.lines, sentence.labels, strict=True):
        mark, dash, kind = label.partition("-")
        if label != OUTSIDE and (mark not in marks or not dash or not kind):
            allowed = ", ".join(f"{one}-type" for one in marks)
            hint = f"labels of the scheme {scheme!r} are O, {allowed}; for others give another scheme, or 'none'"
            raise ConfigurationError(f"the label {label!r} marks no chunk", file=f"{file}:{line}", hint=hint)
        found.append(_iob2(label, before, scheme, f"{file}:{line}"))
        before = label
    _require_end(before, OUTSIDE, scheme, f"{file}:{sentence.lines[-1]}")
    return found


_MARKS: Final[dict[Scheme, str]] = {"iob2": "BI", "iob1": "BI", "iobes": "BIES", "bilou": "BILU"}
_ENDS: Final = "ESLU"
"Marks of a chunk's last word."
_SINGLES: Final = "SU"
"Marks of a chunk of one word."


def _iob2(label: str, before: str, scheme: Scheme, where: str) -> str:
    """Return one label, given the one before it."""
    mark, kind = label[0], label[2:]
    goes_on = (
        before != OUTSIDE and before[0] not in (_ENDS if scheme in ("iobes", "bilou") else "") and before[2:] == kind
    )
    _require_end(before, label if goes_on else OUTSIDE, scheme, where)
    if label == OUTSIDE:
        return label
    if mark == "B" or mark in _SINGLES:
        if scheme in ("iobes", "bilou") and goes_on:
            raise _broken(label, before, where)
        return f"B-{kind}"
    if not goes_on:
        if scheme != "iob1":
            raise _broken(label, before, where)
        return f"B-{kind}"
    return f"I-{kind}"


def _require_end(before: str, following: str, scheme: Scheme, where: str) -> None:
    """Raise an error where a scheme marks the ends of chunks, and one stops without its mark."""
    if scheme in ("iobes", "bilou") and before != OUTSIDE and before[0] not in _ENDS and following == OUTSIDE:
        end = "E" if scheme == "iobes" else "L"
        problem = f"the chunk of {before!r} ends without {end}-{before[2:]}"
        raise ConfigurationError(problem, file=where, hint="correct the labels, or give another scheme")


def _broken(label: str, before: str, where: str) -> ConfigurationError:
    hint = "the first word of a chunk has B-; where only touching chunks have it, give scheme 'iob1'"
    return ConfigurationError(f"{label!r} follows {before!r}", file=where, hint=hint)
