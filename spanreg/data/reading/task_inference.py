"""Inference of a task's kind and label words from its label column."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from spanreg.data.base import TaskKind
from spanreg.data.sources.cells import GIVE_ONE, SEVERAL, is_missing, shown, spelling
from spanreg.data.sources.conll import OUTSIDE
from spanreg.data.sources.table import SourceTable
from spanreg.registry import ConfigurationError
from spanreg.text.numbers import is_number, is_whole
from spanreg.text.unicode.look_alikes import find_look_alike

logger = logging.getLogger(__name__)

CHUNK_TAG: Final = re.compile(r"O|[BI]-.+")

# Spellings of "no value" in other tools. Read as labels they become classes of their own, so a warning names them.
_LIKE_MISSING: Final = frozenset({"na", "n/a", "nan", "none", "null", "nil", "-", "?"})
_LARGEST: Final = 2**63
"Whole numbers from this on do not fit into the 64 bits of a column of label ids."

_MANY: Final = 100
"Number of labels above which a column that has most of them once is rejected: it is probably not the label column."


@dataclass(frozen=True, slots=True)
class InferredLabels:
    """Kind of task and label words inferred from a column.

    Example: ``InferredLabels("classification", ("negative", "positive"))``.
    """

    kind: TaskKind
    labels: tuple[str, ...]
    "Label words in the order of their ids; empty for a regression."


def infer_labels(
    values: Sequence[Any],
    table: SourceTable,
    kind: TaskKind | None,
    label_map: Mapping[str, str],
    separator: str,
) -> InferredLabels:
    """Return the kind of task and the label words of a label column, and log them.

    Words, whole numbers and booleans are classes, real numbers the values of a regression. The label words are sorted,
    whole numbers by size; where the source itself has words for its label ids, they keep its order.

    Args:
        values: the label column of the training data.
        table: the training data.
        kind: kind of the task, if known.
        label_map: value in the data, as text, to label word.
        separator: separator of several labels in one string.

    Raises:
        ConfigurationError: labels are missing, are a mixture of real numbers and words, or are too many for classes.
    """
    if table.label_words and kind != "regression":
        own = tuple(dict.fromkeys(label_map.get(word, word) for word in table.label_words))
        return _logged(InferredLabels(kind or "classification", own), table)
    if kind is None and _are_real(values, table, label_map):
        return _logged(InferredLabels("regression", ()), table)
    if kind == "multi_label" and not label_map:
        _refuse_vectors(values, table, separator)
    spelt = set(_words(values, table, kind, separator))
    labels = sorted_labels({label_map.get(word, word) for word in spelt})
    if kind == "token_classification" and all(map(CHUNK_TAG.fullmatch, labels)):
        labels = chunk_labels(labels)
    _refuse_too_many(labels, table, kind)
    return _logged(InferredLabels(kind or "classification", tuple(labels)), table)


def sorted_labels(words: Iterable[str]) -> list[str]:
    """Return label words sorted by size if all are whole numbers, otherwise alphabetically."""
    found = list(words)
    return sorted(found, key=int) if all(map(is_whole, found)) else sorted(found)


def chunk_labels(labels: Iterable[str]) -> list[str]:
    """Return ``O``, then ``B-`` and ``I-`` of each type of chunk, sorted by type."""
    # Both labels of a type, even if only one was found: the I- of a rare type may occur in another file.
    types = sorted({label[2:] for label in labels} - {""})
    return [OUTSIDE, *(f"{place}-{kind}" for kind in types for place in "BI")]


def _are_real(values: Sequence[Any], table: SourceTable, label_map: Mapping[str, str]) -> bool:
    """Return whether a column has real numbers.

    Raises:
        ConfigurationError: the column also has words, or numbers in quotes.
    """
    # A map is from values to label words, so that the task is a classification.
    if label_map:
        return False
    real, word = None, None
    for row, value in enumerate(values):
        text = None if is_missing(value, table.typed) else spelling(value)
        if text is None:
            continue
        text = text if table.typed else text.strip(" ")
        # Digits with a leading zero, such as 01, are a code and not a number.
        if not is_number(text) or (text.isdecimal() and not is_whole(text)):
            word = row if word is None else word
        # Whole numbers decide nothing: they may be classes, or values among real numbers.
        elif isinstance(value, bool) or not is_whole(text):
            real = row if real is None else real
    if real is None:
        return False
    if word is not None:
        first, other = table.where(real), shown(values[word])
        hint = "correct it; or for classes name 'labels', or give kind 'classification'"
        table.refuse(word, f"the label is {other}, and in {first} it is the number {shown(values[real])}", hint)
    if isinstance(values[real], str) and table.typed:
        hint = "write numbers without quotes; or for classes name 'labels', or give kind 'classification'"
        table.refuse(real, f"the label is {shown(values[real])}, a number in quotes", hint)
    return True


def _refuse_vectors(values: Sequence[Any], table: SourceTable, separator: str) -> None:
    """Raise an error if all rows have a 0 or 1 for each label, so that the labels have no names."""
    # In a format that has numbers, a quoted 0 or 1 is a word.
    marks = (0, 1) if table.typed else ("0", "1")
    lists = [one.split(separator) if isinstance(one, str) and not table.typed else one for one in values]
    sizes = {len(one) if isinstance(one, list) and all(mark in marks for mark in one) else 0 for one in lists}
    # As lists of ids, such values would give every text the labels 0 and 1, or give one of them twice.
    if len(sizes) == 1 and (size := sizes.pop()) > 1:
        problem = f"the label is {shown(values[0])}, a 0 or 1 for each label, and the labels have no names"
        table.refuse(0, problem, f"give 'labels' a list of {size} label words")


def _words(values: Sequence[Any], table: SourceTable, kind: TaskKind | None, separator: str) -> Iterator[str]:
    """Yield the labels of all rows as text.

    Raises:
        ConfigurationError: a label is missing, is a list in a task with one label for each text, is a huge number, or
            has a type that no label has.
    """
    several = kind in ("multi_label", "token_classification")
    for row, value in enumerate(values):
        if isinstance(value, list) and not several:
            table.refuse(row, f"the label is {shown(value)}", SEVERAL)
        if is_missing(value, table.typed and kind != "multi_label") or (isinstance(value, str) and not value.strip()):
            # An empty string is a text without labels; null is a missing value.
            if kind == "multi_label" and value is not None:
                continue
            table.refuse(row, "the label is missing", GIVE_ONE)
        parts = value.split(separator) if several and isinstance(value, str) else value
        for one in parts if isinstance(parts, list) else [parts]:
            text = spelling(one.strip() if several and isinstance(one, str) else one)
            if text is None and one is not None:
                table.refuse(row, f"the label is {shown(one)}", "a label is a string, a number or a boolean")
            # The length first, since int() of a long string takes quadratic time; 2**63 has 19 digits.
            if text is not None and is_whole(text) and (len(text) > 20 or not -_LARGEST <= int(text) < _LARGEST):
                hint = "for real values give kind 'regression'; for classes name 'labels'"
                table.refuse(row, f"the label is {shown(value)}, which exceeds 64 bits", hint)
            if text:
                yield text


def _refuse_too_many(labels: Sequence[str], table: SourceTable, kind: TaskKind | None) -> None:
    """Raise an error if a column has too few labels for a task, or too many for a label column."""
    if len(labels) < 2:
        found = f"all are {labels[0]!r}" if labels else "there are none"
        hint = "give examples of at least two labels, or name 'labels'"
        raise ConfigurationError(f"at least two different labels are needed: {found}", file=table.file, hint=hint)
    if kind is None and len(labels) > _MANY and 2 * len(labels) > table.size:
        raise ConfigurationError(
            f"{table.size} examples have {len(labels)} different labels, such as {', '.join(map(repr, labels[:3]))}",
            file=table.file,
            hint="is 'label' the right column? for classes name 'labels', for real values give kind 'regression'",
        )


def _logged(found: InferredLabels, table: SourceTable) -> InferredLabels:
    if not found.labels:
        logger.info("%s: the labels are real numbers, so the task is a regression", table.file)
    warn_of_labels(found.labels, table.file)
    return found


def warn_of_labels(labels: Sequence[str], file: str) -> None:
    """Log the source of inferred labels, and warn of labels that look like mistakes."""
    if labels:
        logger.info("%s: the config names no labels; using the %d labels of this file", file, len(labels))
    for word in labels:
        if word.lower() in _LIKE_MISSING:
            logger.warning("%s: the label %r may mark a missing label", file, word)
    # Pairs take quadratic time, so only the first labels are compared.
    for one, other in combinations(labels[:_MANY], 2):
        if near := find_look_alike(one, [other]):
            logger.warning("%s: the labels %r and %r differ only in %s", file, one, other, near[1])
