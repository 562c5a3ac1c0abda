"""Change the values of a config by dotted overrides, single settings, and deletions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from spanreg.registry.errors import ConfigurationError, ConfigurationValueError, Problem
from spanreg.registry.names import path_of_key, spell_value, suggest
from spanreg.registry.nesting import MOST_LEVELS, check_nesting, too_deep

T = TypeVar("T", dict[str, Any], list[Any])


def with_overrides(original: T, overrides_dict: Mapping[str, Any], prefix: str = "") -> T:
    """Return a copy with the values at dotted keys replaced; an index selects an item of a list.

    ``with_overrides({"training": {"epochs": 3}}, {"training.epochs": 5})``

    The last part of a key may be new, but its parents must exist. A bare string among the parents is read as
    ``{"type": string}``. Keys of the config that contain dots are found as well.

    Args:
        original: the config, which is not modified.
        overrides_dict: values by dotted key.
        prefix: precedes the keys in errors, such as the name of a flag and a space.

    Raises:
        ConfigurationError: all overrides whose parents do not exist, at once.
    """
    check_nesting(original)
    merged: T = _copied(original)
    problems = [problem for key, value in overrides_dict.items() for problem in _set(merged, key, value, prefix)]
    problems += _replaced(list(overrides_dict), prefix)
    if problems:
        raise ConfigurationValueError(problems)
    return merged


def _replaced(keys: list[Any], prefix: str) -> Iterator[Problem]:
    """Yield a problem for each override that a later override of an outer key undoes."""
    for place, key in enumerate(keys):
        above = next((later for later in keys[place + 1 :] if str(key).startswith(f"{later}.")), None)
        if above is not None:
            hint = "remove one of them, or reverse their order"
            yield Problem(f"is undone by the later override '{above}'", f"{prefix}{key}", hint)


def apply_settings(values: dict[str, Any], settings: Iterable[str]) -> dict[str, Any]:
    """Return a copy with ``a.b=value`` settings and ``~a.b`` deletions applied in order.

    ``apply_settings(values, ["training.epochs=5", "~segmenter.seed"])``

    A value that is not JSON is a string. Missing parents are created.

    Args:
        values: the config, which is not modified.
        settings: as on the command line, ``key=value`` or ``~key``.

    Raises:
        ConfigurationError: a setting without ``=``, or a deletion of a missing key.
    """
    check_nesting(values)
    merged: dict[str, Any] = _copied(values)
    problems: list[Problem] = []
    for setting in settings:
        key, equals, text = setting.partition("=")
        if setting == "~":
            problems.append(Problem("'~' deletes nothing", "--set", "write ~a.b"))
        elif setting.startswith("~"):
            problems += _delete(merged, setting[1:])
        elif equals and key:
            try:
                problems += _set(merged, key, _value(text, key), makes=True)
            except ConfigurationError as error:
                problems += error.problems
        else:
            problems.append(Problem(f"'{setting}' sets nothing", "--set", "write a.b=value, or ~a.b to delete"))
    if problems:
        raise ConfigurationValueError(problems)
    return merged


def _copied(value: Any) -> Any:
    """Return a copy in which no two places share a container."""
    # Not ``deepcopy``, which keeps what is shared: a config from Python may have one dict at two places, of which an
    # override changes one.
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def _keys(container: Any) -> list[str]:
    """Return the keys of a container that the next part of a dotted key may name."""
    if isinstance(container, list):
        return [str(index) for index in range(len(container))]
    return list(container) if isinstance(container, dict) else []


def _child(container: Any, key: str) -> Any:
    return container[int(key)] if isinstance(container, list) else container[key]


def _next(container: Any, dotted: str) -> tuple[str, str | None]:
    """Split the first key from a dotted key; a key of the config may itself contain dots.

    Returns:
        The key, and what follows it or None.
    """
    # The longest known key wins: with the keys "a" and "a.b", "a.b" means the second.
    known, cut = set(_keys(container)), len(dotted)
    while known and cut >= 0:
        if dotted[:cut] in known:
            return dotted[:cut], dotted[cut + 1 :] if cut < len(dotted) else None
        cut = dotted.rfind(".", 0, cut)
    head, dot, rest = dotted.partition(".")
    return head, rest if dot else None


def _find(values: Any, dotted: str, opens: bool = False, makes: bool = False) -> tuple[Any, str, str | None]:
    """Follow a dotted key as far as the config has its parts.

    Args:
        values: the config, which is changed by ``opens`` and ``makes``.
        dotted: the key.
        opens: replace a bare string among the parents by ``{"type": string}``.
        makes: create missing parents.

    Returns:
        The innermost container, the key in it, and the rest of the dotted key or None.
    """
    container = values
    key, rest = _next(container, dotted)
    # ``rest`` is None at the last part, which the caller reads, sets or deletes.
    while rest is not None:
        inner = _child(container, key) if key in _keys(container) else None
        if opens and isinstance(inner, str):
            inner = {"type": inner}
        elif makes and inner is None and (isinstance(container, dict) or key in _keys(container)):
            inner = {}
        if not isinstance(inner, dict | list):
            break
        container[int(key) if isinstance(container, list) else key] = inner
        container = inner
        key, rest = _next(container, rest)
    return container, key, rest


def _set(values: Any, dotted: Any, value: Any, prefix: str = "", makes: bool = False) -> list[Problem]:
    if not isinstance(dotted, str):
        return [Problem(f"the key is {spell_value(dotted)}", prefix.strip(), "give a string")]
    if dotted.count(".") >= MOST_LEVELS:
        problem = f"a key of {dotted.count('.') + 1} parts"
        return [Problem(problem, prefix.strip() or "--set", f"give at most {MOST_LEVELS}")]
    try:
        check_nesting(value, f"{prefix}{dotted}")
    except ConfigurationError as error:
        return list(error.problems)
    container, key, rest = _find(values, dotted, opens=True, makes=makes)
    if rest is not None or not (isinstance(container, dict) or key in _keys(container)):
        return [_misses(values, container, key, rest, dotted, prefix)]
    container[int(key) if isinstance(container, list) else key] = _copied(value)
    return []


def _delete(values: Any, dotted: str) -> list[Problem]:
    container, key, rest = _find(values, dotted)
    if rest is None and key in _keys(container):
        del container[int(key) if isinstance(container, list) else key]
        return []
    return [Problem("cannot be deleted: it is not in the config", dotted, _suggest_key(values, container, key))]


def _misses(values: Any, container: Any, key: str, rest: str | None, dotted: str, prefix: str) -> Problem:
    """Return the problem of a dotted key: its first part that is missing."""
    where = f"{prefix}{dotted}"
    if rest is None:
        return Problem(f"the list has {len(container)} items", where, _suggest_key(values, container, key))
    parent = dotted[: -len(rest) - 1]
    if key not in _keys(container):
        return Problem(f"'{parent}' is not in the config", where, _suggest_key(values, container, key))
    kind = "null" if _child(container, key) is None else "a plain value"
    return Problem(f"'{parent}' is {kind}, which has no keys", where, f"set '{parent}' itself")


def _suggest_key(values: Any, container: Any, key: str) -> str:
    """Return a hint for a key that a container lacks; it may be used in an inner object of the whole config."""
    # Only the whole config is searched: an inner object is named on purpose.
    place = path_of_key(values, key) if container is values and isinstance(values, Mapping) else ""
    return suggest(key, _keys(container), "keys there", none="it is empty there", place=place)


def _value(text: str, key: str) -> Any:
    """Return the value of a setting: parsed JSON, or the text itself if it is not JSON.

    Raises:
        ConfigurationError: JSON that a config cannot contain.
    """
    try:
        value = json.loads(text, parse_constant=_not_json)
        # JSON can spell half of a surrogate pair, which cannot be encoded in UTF-8.
        json.dumps(value, ensure_ascii=False).encode()
    except (json.JSONDecodeError, _NotJsonError):
        return text
    except RecursionError:
        raise too_deep(key) from None
    except UnicodeEncodeError as error:
        problem, hint = f"contains half a surrogate pair ({error.object[error.start]!a})", "write whole characters"
    except ValueError:
        problem, hint = f"has too many digits ({len(text)} characters)", "give a number that fits into 64 bits"
    else:
        return value
    raise ConfigurationError(problem, path=key, hint=hint)


class _NotJsonError(Exception):
    """``NaN`` or ``Infinity``, which Python's parser accepts but JSON does not have."""


def _not_json(name: str) -> Any:
    raise _NotJsonError(name)


def infer_and_cast(value: Any) -> Any:
    """Return a copy with strings that spell an integer, a number or a boolean converted to it.

    Raises:
        ConfigurationError: the value contains something other than JSON.
    """
    # The name and the rules are AllenNLP's, whose configs pass external variables as strings.
    if isinstance(value, dict):
        return {key: infer_and_cast(item) for key, item in value.items()}
    if isinstance(value, list):
        return [infer_and_cast(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    if not isinstance(value, str):
        raise ConfigurationValueError(f"cannot infer type of {value!r}", hint="give text, numbers, lists and objects")
    if value.lower() in ("true", "false"):
        return value.lower() == "true"
    for kind in (int, float):
        with suppress(ValueError):
            return kind(value)
    return value
