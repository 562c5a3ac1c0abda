"""Changing a config from outside: dotted overrides, single settings, deletions."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

from spanreg.registry.errors import ConfigurationError, Problem
from spanreg.registry.names import suggest

MOST_DEPTH: Final = 100
"How deeply a setting may nest; more is a mistake, and ends in Python's own limit."

T = TypeVar("T", dict[str, Any], list[Any])


def with_overrides(original: T, overrides_dict: Mapping[str, Any], prefix: str = "") -> T:
    """A copy with the values at dotted keys replaced; list items go by their index.

    A plain key may be new; a dotted key may end in a new key, but its parents must be there. A bare string among them
    is read as ``{"type": string}``.

    Raises:
        ConfigurationError: every override that fits nowhere, at once.
    """
    merged = copy.deepcopy(original)
    problems = [problem for key, value in overrides_dict.items() for problem in _set(merged, key, value, prefix)]
    if problems:
        raise ConfigurationError(problems)
    return merged


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
        elif key.count(".") > MOST_DEPTH:
            problems.append(Problem(f"a key of {key.count('.') + 1} parts", "--set", f"give at most {MOST_DEPTH}"))
        elif equals and key:
            problems += _apply(merged, key, text)
        else:
            problems.append(Problem(f"'{setting}' sets nothing", "--set", "write a.b=value, or ~a.b to delete"))
    if problems:
        raise ConfigurationError(problems)
    return merged


def _apply(values: dict[str, Any], key: str, text: str) -> list[Problem]:
    try:
        value = _value(text, key)
    except ConfigurationError as error:
        return list(error.problems)
    _make_parents(values, key)
    return _set(values, key, value)


def _keys(container: Any) -> list[str]:
    """What a dotted key may go on with."""
    if isinstance(container, list):
        return [str(index) for index in range(len(container))]
    return list(container) if isinstance(container, dict) else []


def _child(container: Any, key: str) -> Any:
    if key not in _keys(container):
        return None
    return container[int(key)] if isinstance(container, list) else container[key]


def _find(values: Any, dotted: str) -> tuple[Any, Any]:
    """The container that a dotted key leads to, and the key in it.

    A key that itself holds dots is taken as it stands where the config has it.
    """
    container, key = values, dotted
    while key not in _keys(container) and "." in key:
        head, _, key = key.partition(".")
        container = _child(container, head)
    return container, int(key) if isinstance(container, list) and key in _keys(container) else key


def _open_names(values: Any, dotted: str) -> None:
    """Reads a bare string on the way as the component that it names, ``{"type": string}``."""
    if dotted in _keys(values):
        return
    for part in dotted.split(".")[:-1]:
        inner = _child(values, part)
        if isinstance(inner, str):
            inner = {"type": inner}
            values[int(part) if isinstance(values, list) else part] = inner
        values = inner


def _set(values: Any, dotted: str, value: Any, prefix: str = "") -> list[Problem]:
    _open_names(values, dotted)
    container, key = _find(values, dotted)
    if isinstance(container, dict) or isinstance(key, int):
        container[key] = copy.deepcopy(value)
        return []
    return [_misses(values, dotted, prefix)]


def _delete(values: Any, dotted: str) -> list[Problem]:
    container, key = _find(values, dotted)
    if str(key) in _keys(container):
        del container[key]
        return []
    known = _keys(container) or _keys(values)
    return [Problem("cannot be deleted: it is not in the config", dotted, suggest(str(key), known, "keys there"))]


def _make_parents(values: Any, dotted: str) -> None:
    if _find(values, dotted)[0] is not None:
        return
    for part in dotted.split(".")[:-1]:
        if isinstance(values, dict) and values.get(part) is None:
            values[part] = {}
        values = _child(values, part)


def _misses(values: Any, dotted: str, prefix: str) -> Problem:
    """Which part of a dotted key the config does not have."""
    parts = dotted.split(".")
    passed = 0
    while isinstance(inner := _child(values, parts[passed]), dict | list) and passed < len(parts) - 1:
        values, passed = inner, passed + 1
    what = "is not in the config" if inner is None else "holds a plain value"
    problem = f"'{'.'.join(parts[: passed + 1])}' {what}, so there is nothing below it"
    if passed == len(parts) - 1:
        problem = f"the list has {len(values)} items"
    return Problem(problem, f"{prefix}{dotted}", suggest(parts[passed], _keys(values), "keys there"))


def _value(text: str, key: str) -> Any:
    """What a setting's text means: JSON where it is JSON, else the text itself.

    Raises:
        ConfigurationError: JSON that no config can hold.
    """
    try:
        value = json.loads(text)
        # JSON can spell halves of character pairs, which no file can hold.
        json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError:
        return text
    except RecursionError:
        problem, hint = "is nested too deeply", f"give at most {MOST_DEPTH} levels"
    except UnicodeEncodeError as error:
        problem, hint = f"holds half a surrogate pair ({error.object[error.start]!a})", "write whole characters"
    except ValueError:
        problem, hint = f"has too many digits ({len(text)} characters)", "give a number that fits into 64 bits"
    else:
        if depth_of(value) <= MOST_DEPTH:
            return value
        problem, hint = "is nested too deeply", f"give at most {MOST_DEPTH} levels"
    raise ConfigurationError(problem, path=key, hint=hint)


def depth_of(value: Any) -> int:
    """Return how many containers the deepest value lies in."""
    depth, level = 0, [value]
    while level := [item for one in level for item in _items(one)]:
        depth += 1
    return depth


def _items(container: Any) -> Iterable[Any]:
    return container.values() if isinstance(container, dict) else container if isinstance(container, list) else ()


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
