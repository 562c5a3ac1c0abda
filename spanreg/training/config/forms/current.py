"""Configs with every default, and back to the config that was given.

A resolved config has every default filled in, and describes its form under a further key::

    spanreg: { schema: 1, given: ['data.type', 'encoder.type', 'segmenter: name', 'training: {}'] }

``given`` lists the keys of the config that it was made from. When it is read, a key that is not listed counts only if
its value differs from the default. So a resolved config means the same as the config that it was made from: it has the
same run id and resumes the same runs, until a value is changed.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from spanreg.registry import ConfigurationError, within
from spanreg.registry.handlers.resolution import GIVEN, KeyPath, ResolvedValue
from spanreg.training.config.forms.equality import equal_values
from spanreg.training.config.forms.resolved import resolve_values
from spanreg.training.config.forms.upgrades import FORM, SCHEMA, schema_of, upgraded

_ABSENT: Final = object()
_NAME: Final = ": name"
"Marks a component that is given by its name alone."
_OBJECT: Final = ": {}"
"Marks an object that is given, even if none of its keys is."


def resolved_config(config: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a config with every default, and the list of its given keys; None for a config with mistakes.

    ``resolved_config({"data": {"type": "demo"}, "encoder": "tiny"})["seed"]`` is 13.
    """
    root = resolve_values(config)
    if root is None:
        return None
    return {**root.config(), FORM: {"schema": SCHEMA, "given": list(_given(root, config))}}


def current_config(config: Mapping[str, Any], file: str = "", path: str = "") -> dict[str, Any]:
    """Return a config in the schema of this version, without the defaults that a resolved config lists as such.

    Args:
        config: a config as it was read.
        file: its file, for errors.
        path: its key path, for errors.

    Raises:
        ConfigurationError: the description of the form is wrong.
    """
    if FORM not in config:
        return upgraded(config, 1)
    with within(path):
        schema, given = schema_of(config, file), _listed(config[FORM], file)
    values = upgraded({key: value for key, value in config.items() if key != FORM}, schema)
    if given is None:
        return values
    original = _restricted(values, (), given)
    defaults = resolve_values(original)
    # A config with a mistake is checked as it is written.
    merged = values if defaults is None else _with_changes(original, defaults.config(), values)
    return dict(merged)


def _listed(form: Any, file: str) -> set[str] | None:
    """Return the names of the given keys that the form of a config lists; None if it has no list."""
    known = {"schema", "given"}
    if not isinstance(form, Mapping) or not form.keys() <= known:
        hint = "write { schema: 1 }, or remove the key"
        raise ConfigurationError("is not the form of a config", path=FORM, file=file, hint=hint)
    given = form.get("given")
    if given is not None and not (isinstance(given, list) and all(isinstance(name, str) for name in given)):
        raise ConfigurationError("is not a list of keys", path=f"{FORM}.given", file=file, hint="remove the key")
    return None if given is None else set(given)


def _given(value: ResolvedValue, config: Any) -> Iterator[str]:
    """Yield the names of the given keys below a value.

    Args:
        value: the resolved value.
        config: the same value as given.
    """
    if value.is_bare:
        yield _spelt(value.path) + _NAME
        return
    if value.path and not value.children:
        yield from [_spelt(value.path)] if value.source == GIVEN else ()
        return
    if value.path and isinstance(config, Mapping) and not any(_has(config, child) for child in value.children):
        yield _spelt(value.path) + _OBJECT
    for child in value.children:
        if _has(config, child):
            yield from _given(child, config[child.path[-1]])


def _has(config: Any, child: ResolvedValue) -> bool:
    """Return whether the config of a value has a child of it."""
    key = child.path[-1]
    return isinstance(key, int) if isinstance(config, list) else isinstance(config, Mapping) and key in config


def _restricted(value: Any, path: KeyPath, given: Collection[str]) -> Any:
    """Return the given part of a value, or ``_ABSENT``."""
    name = _spelt(path)
    if path and name in given:
        return value
    if isinstance(value, Mapping) and name + _NAME in given:
        return value.get("type")
    if isinstance(value, Mapping):
        parts = {
            key: part for key, one in value.items() if (part := _restricted(one, (*path, key), given)) is not _ABSENT
        }
        return parts if parts or not path or name + _OBJECT in given else _ABSENT
    if isinstance(value, list):
        items = [_restricted(item, (*path, index), given) for index, item in enumerate(value)]
        # An item without a given key was added later; a list that has only such items is a default.
        if all(item is _ABSENT for item in items):
            return _ABSENT
        return [new if old is _ABSENT else old for old, new in zip(items, value, strict=True)]
    return _ABSENT


def _with_changes(original: Any, defaults: Any, values: Any) -> Any:
    """Return the original with every value that is not its default."""
    if equal_values(values, defaults):
        return original
    if isinstance(values, Mapping) and isinstance(defaults, Mapping):
        base = {"type": original} if isinstance(original, str) else original if isinstance(original, Mapping) else {}
        merged = dict(base)
        for key, value in values.items():
            part = _with_changes(base.get(key, _ABSENT), defaults.get(key, _ABSENT), value)
            if part is not _ABSENT:
                merged[key] = part
        return merged
    # Lists of equal length are compared item by item; any other difference replaces the whole value.
    lists = [one for one in (original, defaults, values) if isinstance(one, list)]
    if len(lists) == 3 and len({len(one) for one in lists}) == 1:
        return [_with_changes(*three) for three in zip(*lists, strict=True)]
    return values


def _spelt(path: KeyPath) -> str:
    """Return a key path; keys with dots or colons are quoted."""
    return ".".join(json.dumps(key) if isinstance(key, str) and set(key) & set('.:"') else str(key) for key in path)
