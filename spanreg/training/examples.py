"""Lines of JSON as examples of a task, with and without gold labels."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import isfinite
from typing import Any

from spanreg.data.base import Task, TaskKind
from spanreg.registry import ConfigurationError
from spanreg.text.surrogates import all_encodable


def read_example(line: str | bytes, task: Task, where: str) -> dict[str, Any]:
    """One line of JSON with the texts that the task asks for.

    A task that labels tokens also takes ``tokens``, a list of strings, from which the text is then joined by spaces.

    Raises:
        ConfigurationError: not UTF-8, not JSON, not an object, or a text is missing or is not a string.
    """
    try:
        example = json.loads(line if isinstance(line, str) else line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"not UTF-8 (byte {error.start})", file=where, hint="convert it to UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(
            f"not JSON: {_reason(error)}", file=where, hint='write {"text": "..."} on every line'
        ) from None
    if not isinstance(example, dict):
        raise ConfigurationError("not a JSON object", file=where, hint='write {"text": "..."} on every line')
    if task.kind == "token_classification" and "tokens" in example:
        return {**example, "text": " ".join(_tokens(example["tokens"], where))}
    for name in ("text", "pair") if task.pair else ("text",):
        if not isinstance(example.get(name), str):
            problem = f"'{name}' is not a string" if name in example else f"there is no '{name}'"
            raise ConfigurationError(problem, file=where, hint=f"the task {task.name} asks for a string in '{name}'")
    return example


def _reason(error: Exception) -> str:
    """Why a line is no JSON, without the line number that the parser counts within the line."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg.removesuffix(' at')} at column {error.colno}"
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error).partition(";")[0]


def _tokens(value: Any, where: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(token, str) and token.strip() for token in value):
        raise ConfigurationError(
            "'tokens' is not a list of words",
            file=where,
            hint='write {"tokens": ["...", "..."]}, no empty string in it',
        )
    return value


def read_labelled_example(line: str | bytes, task: Task, where: str) -> dict[str, Any]:
    """One line of JSON with its texts and, in ``label``, its gold label in the form that readers give.

    Raises:
        ConfigurationError: as ``read_example``; or the label is missing or none of the task's.
    """
    example = read_example(line, task, where)
    labelled: dict[str, Any] = all_encodable({**example, "label": _LABELS[task.kind](example, task, where)})
    return labelled


def _one_of(label: Any, task: Task, where: str) -> int:
    """The id of a label that is given by its word or its id."""
    if isinstance(label, str) and label in task.labels:
        return task.labels.index(label)
    if isinstance(label, int) and not isinstance(label, bool) and 0 <= label < len(task.labels):
        return label
    raise ConfigurationError(
        f"the label {label!r} is not one of the task {task.name}",
        file=where,
        hint=f"give one of {', '.join(task.labels)}",
    )


def _single(example: dict[str, Any], task: Task, where: str) -> int:
    return _one_of(example.get("label"), task, where)


def _real(example: dict[str, Any], task: Task, where: str) -> float:
    label = example.get("label")
    if isinstance(label, bool) or not isinstance(label, int | float) or not isfinite(label):
        raise ConfigurationError(
            f"the label {label!r} is not a finite number", file=where, hint="give a number in 'label'"
        )
    return float(label)


def _several(example: dict[str, Any], task: Task, where: str) -> list[int]:
    found = {_one_of(label, task, where) for label in _list(example, where)}
    return [int(number in found) for number in range(len(task.labels))]


def _each(example: dict[str, Any], task: Task, where: str) -> list[int]:
    labels = _list(example, where)
    if len(labels) != len(example.get("tokens", ())):
        raise ConfigurationError(
            f"there are {len(labels)} labels for {len(example.get('tokens', ()))} tokens",
            file=where,
            hint="give 'tokens', a list of words, and in 'label' a list with one label for each",
        )
    return [_one_of(label, task, where) for label in labels]


def _list(example: dict[str, Any], where: str) -> list[Any]:
    label = example.get("label")
    if not isinstance(label, list):
        raise ConfigurationError(
            f"the label {label!r} is not a list", file=where, hint="give a list of label words in 'label'"
        )
    return label


_LABELS: dict[TaskKind, Callable[[dict[str, Any], Task, str], Any]] = {
    "classification": _single,
    "regression": _real,
    "multi_label": _several,
    "token_classification": _each,
}
