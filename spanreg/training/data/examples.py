"""Convert rows of data to examples of a run's task, with and without gold labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanreg.data.base import Task
from spanreg.data.reading.columns import shared_columns
from spanreg.data.reading.labels import LabelReader
from spanreg.data.sources.layout import DataLayout
from spanreg.data.sources.table import table_of_rows
from spanreg.registry import ConfigurationError
from spanreg.text.files.json_lines import parse_json_line

_DEFAULT_LAYOUT = DataLayout()
_HINT = 'write {"text": "..."} on every line'


def read_example(line: str | bytes, task: Task, where: str, layout: DataLayout = _DEFAULT_LAYOUT) -> dict[str, Any]:
    """Return one line of JSON with the texts of the task; strings are not changed.

    Args:
        line: the line, bytes as UTF-8.
        task: task of the run.
        where: file and line, for errors.
        layout: columns of the texts in the training data.

    Raises:
        ConfigurationError: the line is not UTF-8, not JSON or not an object, or a text is missing or not a string.
    """
    return as_example(parse_json_line(line, where, _HINT, replace_surrogates=False), task, where, layout)


def as_example(row: Mapping[str, Any], task: Task, where: str, layout: DataLayout = _DEFAULT_LAYOUT) -> dict[str, Any]:
    """Return a row with its text under ``text`` and, for a task on pairs, the second text under ``pair``.

    For token classification the text may be a list of words: the row then has the list under ``tokens``, and the words
    joined by spaces under ``text``.

    Args:
        row: values by column.
        task: task of the run.
        where: file and row, for errors.
        layout: columns of the texts in the training data.

    Raises:
        ConfigurationError: a text is missing or not a string.
    """
    texts, _ = layout.columns(task, row)
    # Words that are given must stay the units that are labelled, even if our word rule would split them.
    if task.kind == "token_classification":
        if texts[0] in row and not (texts == ("text",) and isinstance(row["text"], str)):
            tokens = _tokens(row[texts[0]], texts[0], where)
            return {**row, "tokens": tokens, "text": " ".join(tokens)}
        texts = ("text",)
    for name in texts:
        if not isinstance(row.get(name), str):
            problem = f"'{name}' is not a string" if name in row else f"there is no '{name}'"
            raise ConfigurationError(problem, file=where, hint=f"the task {task.name} needs a string in '{name}'")
    return {**row, **dict(zip(("text", "pair"), (row[name] for name in texts), strict=False))}


def _tokens(value: Any, name: str, where: str) -> list[str]:
    """Return a list of words, checked to be one."""
    if not isinstance(value, list) or not all(isinstance(token, str) and token.strip() for token in value):
        raise ConfigurationError(
            f"'{name}' is not a list of words",
            file=where,
            hint=f'write {{"{name}": ["...", "..."]}}, without empty strings',
        )
    return value


def read_labelled_example(
    line: str | bytes, task: Task, where: str, layout: DataLayout = _DEFAULT_LAYOUT
) -> dict[str, Any]:
    """Return one line of JSON with its texts and, in ``label``, its gold label in the form of the data readers.

    Labels are read as in training, by ``LabelReader``.

    Args:
        line: the line, bytes as UTF-8.
        task: task of the run.
        where: file and line, for errors.
        layout: columns of texts and labels in the training data.

    Raises:
        ConfigurationError: as ``read_example``; or the label is missing or not one of the task's.
    """
    row = parse_json_line(line, where, _HINT)
    texts, label = layout.columns(task, row)
    file, _, number = where.rpartition(":")
    place, source = (int(number), file) if number.isdigit() else (1, where)
    # Through a table of one row, so that labels are read by the same code as in training.
    table = table_of_rows(iter([(place, row)]), (*texts, label), source)
    labels = LabelReader(task, layout.label_map, layout.label_separator)
    (example,) = shared_columns(table, labels, texts, label, unlabelled=False)
    return {**row, **example}
