"""Changing a config from outside: dotted overrides, single settings, deletions."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from spanreg.registry.errors import ConfigurationError, Problem
from spanreg.registry.names import suggest

T = TypeVar("T", dict[str, Any], list[Any])


def with_overrides(original: T, overrides_dict: Mapping[str, Any], prefix: str = "") -> T:
    """A copy with the values at dotted keys replaced; list items go by their index.

    A plain key may be new; a dotted key may end in a new key, but its parents must be there.

    Raises:
        ConfigurationError: every override that fits nowhere, at once.
    """
    merged = copy.deepcopy(original)
    problems = [problem for key, value in overrides_dict.items() if (problem := _place(merged, key, value, prefix))]
    if problems:
        raise ConfigurationError(problems)
    return merged


def _place(values: Any, dotted: str, value: Any, prefix: str) -> Problem | None:
    """Sets one value; a key that itself holds dots is taken as it stands where the config has it."""
    container, key = values, dotted
    while not (isinstance(container, dict) and key in container) and "." in key:
        head, _, key = key.partition(".")
        container = _child(container, head)
    if isinstance(container, list) and key.isdigit() and int(key) < len(container):
        container[int(key)] = copy.deepcopy(value)
    elif isinstance(container, dict):
        container[key] = copy.deepcopy(value)
    else:
        return _misses(values, dotted, prefix)
    return None


def _child(container: Any, key: str) -> Any:
    if isinstance(container, dict):
        return container.get(key)
    return container[int(key)] if isinstance(container, list) and key.isdigit() and int(key) < len(container) else None


def _misses(values: Any, dotted: str, prefix: str) -> Problem:
    """Which part of a dotted key the config does not have."""
    container: Any = values
    passed: list[str] = []
    for part in dotted.split("."):
        inner = _child(container, part)
        if not isinstance(inner, dict | list):
            known = list(container) if isinstance(container, dict) else [str(index) for index in range(len(container))]
            what = "holds a plain value" if inner is not None else "is not in the config"
            where = ".".join([*passed, part])
            return Problem(
                f"'{where}' {what}, so there is nothing below it",
                f"{prefix}{dotted}",
                suggest(part, known, "keys there"),
            )
        container = inner
        passed.append(part)
    return Problem("names no place in the config", f"{prefix}{dotted}", "check the key")


def apply_settings(values: dict[str, Any], settings: Iterable[str]) -> dict[str, Any]:
    """A copy with ``a.b=value`` settings and ``~a.b`` deletions applied in order.

    A value is read as JSON where it is JSON, else as a string; missing parents are made.

    Raises:
        ConfigurationError: a setting without ``=``, or a deletion of a key that is not there.
    """
    merged = copy.deepcopy(values)
    problems: list[Problem] = []
    for setting in settings:
        key, equals, text = setting.partition("=")
        if setting.startswith("~"):
            problems += _delete(merged, setting[1:])
        elif equals and key:
            _make_parents(merged, key)
            problems += [problem] if (problem := _place(merged, key, _value(text), "")) else []
        else:
            problems.append(Problem(f"'{setting}' sets nothing", "--set", "write a.b=value, or ~a.b to delete"))
    if problems:
        raise ConfigurationError(problems)
    return merged


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _make_parents(values: Any, dotted: str) -> None:
    for part in dotted.split(".")[:-1]:
        values = values.setdefault(part, {}) if isinstance(values, dict) else _child(values, part)


def _delete(values: Any, dotted: str) -> list[Problem]:
    *parents, last = dotted.split(".")
    container = values
    for part in parents:
        container = _child(container, part)
    if isinstance(container, dict) and last in container:
        del container[last]
        return []
    if isinstance(container, list) and last.isdigit() and int(last) < len(container):
        del container[int(last)]
        return []
    known = container if isinstance(container, dict) else values
    return [Problem("cannot be deleted: it is not in the config", dotted, suggest(last, known, "keys there"))]


def infer_and_cast(value: Any) -> Any:
    """A copy in which strings that spell an integer, a number or a boolean become one."""
    if isinstance(value, dict):
        return {key: infer_and_cast(item) for key, item in value.items()}
    if isinstance(value, list):
        return [infer_and_cast(item) for item in value]
    if not isinstance(value, str):
        return value
    if value.lower() in ("true", "false"):
        return value.lower() == "true"
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return value
