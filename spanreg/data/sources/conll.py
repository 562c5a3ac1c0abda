"""Files with a word and its columns on every line, and an empty line after each sentence."""

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
"The label of a word outside of all chunks."

_BLANK: Final = " \t\r"
# Not \s, which matches the non-breaking spaces that are parts of words.
_SPACES: Final = re.compile(" +")
_DOCUMENT: Final = "-DOCSTART-"
_NO_WORD: Final = re.compile(r"[0-9]+-[0-9]+|[0-9]+\.[0-9]+")
"Ids that CoNLL-U gives to a range of words and to words that are not in the text."


class ColumnSentence(NamedTuple):
    """Words of a sentence with their labels.

    Example: ``ColumnSentence(["He", "ran"], ["B-NP", "B-VP"], [1, 2])``.
    """

    words: list[str]
    labels: list[str]
    "Empty if no label column is read."
    lines: list[int]
    "Line number of each word, counted from 1."


@dataclass(frozen=True, slots=True)
class ColumnFormat:
    """Columns of the words and the labels in a file with a word on every line.

    Columns are separated by tabs if the first line has any: a word may then contain a space, and a value may be empty.
    Otherwise they are separated by spaces. All lines have the same number of columns. A line that starts with ``#``
    before the first word of a sentence is a comment if it has no tab in a file with tabs, or if it starts with ``# ``
    and has another number of columns than the other lines. ``-DOCSTART-`` lines are skipped. Where the first column
    numbers the words of a sentence from 1, as in CoNLL-U, ranges (``1-2``) and empty nodes (``8.1``) are skipped.

    Example: ``list(ColumnFormat(word=1, label=3).sentences(Path("en_ewt-ud-train.conllu")))``.
    """

    word: int = 0
    "Column of the words, counted from 0."
    label: int | None = -1
    "Column of the labels; negative numbers count from the last column. None to read no labels."

    def sentences(self, path: Path) -> Iterator[ColumnSentence]:
        """Yield the sentences of a file, plain, ``.gz`` or ``.zst``.

        Raises:
            ConfigurationError: the file cannot be read, lines have different numbers of columns, or a word or label is
                missing.
        """
        return self.sentences_of(numbered_lines(path), str(path))

    def sentences_of(self, lines: Iterable[tuple[int, str]], file: str) -> Iterator[ColumnSentence]:
        """Yield the sentences of numbered lines.

        Args:
            lines: line numbers, counted from 1, and texts.
            file: name of the file in errors.

        Raises:
            ConfigurationError: lines have different numbers of columns, or a word or label is missing.
        """
        reader = _LineReader(file)
        rows: list[tuple[int, list[str]]] = []
        # The end of the file ends the last sentence, as an empty line does.
        for number, columns in chain(reader.read(lines), [(0, None)]):
            if columns is not None:
                rows.append((number, columns))
            elif rows:
                yield self._sentence(rows, file)
                rows = []

    def _sentence(self, rows: Sequence[tuple[int, list[str]]], file: str) -> ColumnSentence:
        """Return the words and labels of the lines of one sentence."""
        width = len(rows[0][1])
        places = (self.word, self.word if self.label is None else self.label)
        if not all(-width <= place < width for place in places):
            problem = f"the line has {width} columns, the config names {self.word} and {self.label} (counted from 0)"
            raise ConfigurationError(
                problem, file=f"{file}:{rows[0][0]}", hint="choose the columns with 'word' and 'label'"
            )
        # With the words in column 0 there are no numbers to look at: it may be a text of numbers.
        numbered = _words_by_number(rows) if self.word else None
        rows = rows if numbered is None else numbered
        words = [_cell(columns, self.word, "word", f"{file}:{line}") for line, columns in rows]
        labels = []
        if self.label is not None:
            labels = [_cell(columns, self.label, "label", f"{file}:{line}") for line, columns in rows]
            if numbered is not None and "_" in labels:
                where = f"{file}:{rows[labels.index('_')][0]}"
                raise ConfigurationError(
                    "the label is '_', which marks a missing value in CoNLL-U",
                    file=where,
                    hint="choose another column with 'label', or give the word a label",
                )
        return ColumnSentence(words, labels, [line for line, _ in rows])


class _LineReader:
    """Splits the lines of one file into columns, and separates comments from words."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._width = 0
        self._has_tabs = False

    def read(self, lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, list[str] | None]]:
        """Yield the number and the columns of each word's line; None in place of the columns between two sentences."""
        rest = iter(lines)
        held: list[tuple[int, str]] = []
        candidates: list[str] = []
        # A line that may be a comment does not decide the number of columns, unless there are no other lines.
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
        """Raise an error unless a line has as many columns as the lines before."""
        if len(columns) != self._width:
            raise ConfigurationError(
                f"the line has {len(columns)} columns, the lines before have {self._width}",
                file=f"{self._file}:{number}",
                hint="give every line the same number; where a value is missing, put tabs between all columns",
            )


def _columns(line: str, *, tabs_only: bool = False) -> list[str]:
    # Only the ASCII space separates columns: a non-breaking space is part of a word.
    line = line.removesuffix("\r")
    if tabs_only or "\t" in line:
        return [cell.strip(" ") for cell in line.split("\t")]
    return _SPACES.split(line.strip(" "))


def _words_by_number(rows: Sequence[tuple[int, list[str]]]) -> list[tuple[int, list[str]]] | None:
    """Return the rows that are words, if the first column numbers them from 1; otherwise None."""
    words = [row for row in rows if not _NO_WORD.fullmatch(row[1][0])]
    numbers = [columns[0] for _, columns in words]
    return words if numbers and numbers == [str(number) for number in range(1, len(numbers) + 1)] else None


def _cell(columns: Sequence[str], place: int, key: str, where: str) -> str:
    if not columns[place].strip():
        raise ConfigurationError(
            f"the {key} is missing", file=where, hint=f"give one, or choose another column with '{key}'"
        )
    return columns[place]


def as_iob2(sentence: ColumnSentence, scheme: Scheme, file: str) -> list[str]:
    """Return chunk labels with ``B-`` on the first word of each chunk and ``I-`` on its other words.

    Args:
        sentence: the words and labels.
        scheme: the labels' scheme; ``none`` leaves them unchanged.
        file: name of the file in errors.

    Raises:
        ConfigurationError: a label breaks the scheme; the error names its line.
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
            raise ConfigurationError(f"the label {label!r} is not a chunk label", file=f"{file}:{line}", hint=hint)
        found.append(_iob2(label, before, scheme, f"{file}:{line}"))
        before = label
    _require_end(before, OUTSIDE, scheme, f"{file}:{sentence.lines[-1]}")
    return found


_MARKS: Final[dict[Scheme, str]] = {"iob2": "BI", "iob1": "BI", "iobes": "BIES", "bilou": "BILU"}
_ENDS: Final = "ESLU"
"Prefixes on a chunk's last word."
_SINGLES: Final = "SU"
"Prefixes on the only word of a chunk."


def _iob2(label: str, before: str, scheme: Scheme, where: str) -> str:
    """Return one label in the scheme IOB2, given the label before it."""
    mark, kind = label[0], label[2:]
    # Where ends are marked, a chunk continues until the mark; elsewhere until the type changes.
    continues = (
        before != OUTSIDE and before[0] not in (_ENDS if scheme in ("iobes", "bilou") else "") and before[2:] == kind
    )
    _require_end(before, label if continues else OUTSIDE, scheme, where)
    if label == OUTSIDE:
        return label
    if mark == "B" or mark in _SINGLES:
        if scheme in ("iobes", "bilou") and continues:
            raise _broken(label, before, where)
        return f"B-{kind}"
    if not continues:
        if scheme != "iob1":
            raise _broken(label, before, where)
        return f"B-{kind}"
    return f"I-{kind}"


def _require_end(before: str, following: str, scheme: Scheme, where: str) -> None:
    """Raise an error if a chunk stops without the prefix by which its scheme marks the last word."""
    if scheme in ("iobes", "bilou") and before != OUTSIDE and before[0] not in _ENDS and following == OUTSIDE:
        end = "E" if scheme == "iobes" else "L"
        problem = f"the chunk of {before!r} ends without {end}-{before[2:]}"
        raise ConfigurationError(problem, file=where, hint="correct the labels, or give another scheme")


def _broken(label: str, before: str, where: str) -> ConfigurationError:
    hint = "the first word of a chunk has B-; if only adjacent chunks have it, give scheme 'iob1'"
    return ConfigurationError(f"{label!r} follows {before!r}", file=where, hint=hint)
