"""Reading of spans from a data file."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from spanreg.registry import ConfigurationError
from spanreg.text.files.json_lines import read_objects
from spanreg.text.files.parquet import read_parquet, unreadable_parquet
from spanreg.text.unicode.words import Words

logger = logging.getLogger(__name__)

Offsets = list[tuple[int, int]]
"Start and end of each span of a text, in characters, in ascending order."

_UNITS: Final = {"UTF-16 units, as JavaScript and Java do": "utf-16-le", "bytes of UTF-8": "utf-8"}
"Units that offsets may count by mistake, and encodings with these units."

_HINT: Final = "give a list of [start, end], integers that count characters"


class SpanFile:
    """Texts of a data file with their spans.

    ``SpanFile(Path("spans.jsonl"), "text", "spans").spans["New York"]``

    Parameters:
        path: JSON lines (also ``.gz`` and ``.zst``) or Parquet.
        text_column: column of the texts.
        spans_column: column of the spans, for each text a list of ``[start, end]`` in characters.

    Raises:
        ConfigurationError: the file cannot be read or lacks a column; spans are outside of their text or overlap; or a
            text has two different segmentations.
    """

    def __init__(self, path: Path, text_column: str, spans_column: str) -> None:
        self.path = path
        # By text, since texts are looked up by content: a repeated text must have the same spans everywhere.
        self.spans: dict[str, Offsets] = {}
        self._places: list[str] = []
        for where, row in _rows(path, (text_column, spans_column)):
            self._add(row[text_column], row[spans_column], where)

    def _add(self, text: Any, spans: Any, where: str) -> None:
        if not isinstance(text, str):
            raise ConfigurationError(f"expected a string as text, got {text!r}", file=where, hint="give a string")
        offsets = _checked_offsets(text, spans, where)
        if text not in self.spans:
            self.spans[text] = offsets
            self._places.append(where)
        elif self.spans[text] != offsets:
            problem = f"the text {shortened(text)} has other spans than in an earlier row"
            raise ConfigurationError(problem, file=where, hint="give each text one segmentation")

    def check_alignment(self, words: Words) -> None:
        """Log a warning if spans begin or end within a word, which is never split.

        Args:
            words: words of the file's texts, in the order of the file.

        Raises:
            ConfigurationError: the spans would match the words if their offsets counted other units than characters.
        """
        cut = {i: own for i, offsets in enumerate(self.spans.values()) if (own := _cut_spans(words, i, offsets))}
        if not cut:
            return
        i, ((start, end), *_) = next(iter(cut.items()))
        where, span = self._places[i], f"the span [{start}, {end}] is {words.texts[i][start:end]!r}"
        # Wrong units differ from characters only after a character outside of ASCII (or of the basic plane). If every
        # span fits the words when counted in another unit, that unit is the likely mistake, and not an odd annotation.
        for unit, encoding in _UNITS.items():
            if self._fits_units(words, cut, encoding):
                hint = "give offsets in characters, as Python counts them"
                raise ConfigurationError(f"{span}; the offsets seem to count {unit}", file=where, hint=hint)
        logger.warning(
            "%s: %s and begins or ends within a word, as do %d of %d spans: such words are not part of the span",
            where,
            span,
            sum(map(len, cut.values())),
            sum(map(len, self.spans.values())),
        )

    def _fits_units(self, words: Words, cut: Mapping[int, Offsets], encoding: str) -> bool:
        """Return True if no span would split a word if offsets counted units of an encoding."""
        spans = list(self.spans.values())
        # Texts without a split word say nothing: most of them are ASCII, where all units agree.
        for i in cut:
            text, own = words.texts[i], np.asarray(spans[i])  # shape: (spans, 2)
            units = np.cumsum([0, *_unit_sizes(text, encoding)])  # offset of each character in units of the encoding
            places = np.searchsorted(units, own)
            # An offset within a character, or beyond the text, is none in this unit.
            exact = (units[places] == own).all() if places.max() < len(units) else False
            if not exact or _cut_spans(words, i, [(start, end) for start, end in places.tolist()]):
                return False
        return True


def _rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the place of each row, for messages, and the row; all have these columns."""
    if path.suffix.lower() == ".parquet":
        rows = ((f"{path}, row {number} (counted from 0)", row) for number, row in _parquet_rows(path, columns))
    else:
        rows = ((f"{path}:{number}", row) for number, row in read_objects(path))
    for where, row in rows:
        missing = [column for column in columns if column not in row]
        if missing:
            hint = f"it has: {', '.join(row)}"
            raise ConfigurationError(f"has no column '{missing[0]}'", file=where, hint=hint)
        yield where, row


def _parquet_rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
        # Before the rows, which a table without any of the columns would not have.
        for column in columns:
            if names.count(column) > 1:
                problem = f"several columns are called '{column}'"
                raise ConfigurationError(problem, file=str(path), hint="give each column a different name")
            if column not in names:
                raise ConfigurationError(
                    f"has no column '{column}'", file=str(path), hint=f"it has: {', '.join(names)}"
                )
        table = read_parquet(path, columns)
    except (OSError, pa.ArrowException) as error:
        raise unreadable_parquet(path, error) from error
    yield from enumerate(table.to_pylist())


def _checked_offsets(text: str, spans: Any, where: str) -> Offsets:
    """Return the spans in ascending order, or raise an error with the place of the row."""
    pairs = spans if isinstance(spans, list) else [spans]
    # ``type`` and not ``isinstance``: true and false are integers in Python, but no offsets.
    if not all(isinstance(pair, list) and len(pair) == 2 and all(type(one) is int for one in pair) for pair in pairs):
        raise ConfigurationError(f"the spans are {shortened(spans)}", file=where, hint=_HINT)
    offsets = sorted((start, end) for start, end in pairs)
    last = 0
    for start, end in offsets:
        if not last <= start < end <= len(text):
            fault = "overlaps another one" if 0 <= start < min(last, end) else "is not within the text"
            # Sizes in other units help to see that offsets count those.
            sizes = {unit: sum(_unit_sizes(text, encoding)) for unit, encoding in _UNITS.items()}
            others = "".join(f", {size} {unit.partition(',')[0]}" for unit, size in sizes.items() if size != len(text))
            hint = f"the text has {len(text)} characters{others}"
            raise ConfigurationError(f"the span [{start}, {end}] {fault}", file=where, hint=hint)
        last = end
    return offsets


def _unit_sizes(text: str, encoding: str) -> list[int]:
    """Return the number of units that each character takes in an encoding."""
    width = len("a".encode(encoding))
    return [len(one.encode(encoding, "surrogatepass")) // width for one in text]


def _cut_spans(words: Words, i: int, offsets: Offsets) -> Offsets:
    """Return the spans of text i that begin or end within a word."""
    own = slice(int(words.bounds[i]), int(words.bounds[i + 1]))
    starts, ends = words.starts[own], words.ends[own]
    if not offsets or not starts.size:
        return []
    places = np.asarray(offsets)  # shape: (spans, 2)
    before = np.searchsorted(starts, places, side="left") - 1  # the last word that begins before each offset
    inside = ((before >= 0) & (ends[before] > places)).any(1)
    return [offsets[span] for span in np.flatnonzero(inside).tolist()]


def shortened(value: object, most: int = 60) -> str:
    """Return a value as text for a message, at most about ``most`` characters."""
    if isinstance(value, str):
        return repr(value if len(value) <= most else value[:most] + "...")
    text = repr(value)
    return text if len(text) <= most else f"{text[:most]}..."
