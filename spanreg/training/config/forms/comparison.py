"""Compare two configs by component, defaults included."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from spanreg.registry.handlers.resolution import DEFAULT, GIVEN, KeyPath, ResolvedValue, plain_value
from spanreg.training.config.forms.equality import equal_values
from spanreg.training.config.forms.resolved import resolve_values

MISSING: Final = object()
"The value of a key that one of the configs does not have."


@dataclass(frozen=True, slots=True)
class ConfigDifference:
    """A key whose values differ, or a component in place of another one.

    ``str(compare_configs(first, second)[0])`` is ``"segmenter: max_match -> random; 1 key kept, 2 dropped"``.
    """

    path: KeyPath
    old: Any
    new: Any
    old_is_default: bool = False
    new_is_default: bool = False
    counts: Mapping[str, int] | None = None
    "Numbers of keys that a swapped component keeps, changes, drops and adds; None for a single key."

    def __str__(self) -> str:
        old, new = (_spell(value) for value in (self.old, self.new))
        marks = [" (default)" if one else "" for one in (self.old_is_default, self.new_is_default)]
        text = f"{'.'.join(map(str, self.path))}: {old}{marks[0]} -> {new}{marks[1]}"
        nonzero = [(change, number) for change, number in (self.counts or {}).items() if number]
        if not nonzero:
            return text
        (change, number), *others = nonzero
        first = f"{number} key{'s' * (number != 1)} {change}"
        return f"{text}; {', '.join([first, *(f'{number} {change}' for change, number in others)])}"

    def as_dict(self) -> dict[str, Any]:
        """Return the difference for ``--json``; a missing value is left out."""
        values = {name: one for name, one in (("old", self.old), ("new", self.new)) if one is not MISSING}
        known = {"path": ".".join(map(str, self.path)), **values}
        return {**known, "keys": dict(self.counts)} if self.counts is not None else known


def compare_configs(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[ConfigDifference]:
    """Return the differences of two configs in the order of the data flow.

    Configs whose components are known are compared with all defaults, so that a key that spells a default does not
    differ from its absence.
    """
    first, second = resolve_values(old), resolve_values(new)
    if first is None or second is None:
        first, second = (plain_value(dict(config), ResolvedValue(())) for config in (old, new))
    return list(_compare(first, second))


def _compare(old: ResolvedValue, new: ResolvedValue) -> Iterator[ConfigDifference]:
    # The root has an empty path and is always an object. A swapped component is one difference, not one for each key.
    types = [_type(value) for value in (old, new)]
    if old.path and types[0] != types[1] and (old.component or new.component):
        yield from _swap(old, new)
        return
    if old.path and not old.children and not new.children:
        if not _same(old, new):
            yield _difference(old, new)
        return
    # Lists are compared whole, since their items have no names; so is an object against a plain value.
    if old.path and (old.is_list or new.is_list or not old.children or not new.children):
        if not equal_values(_value(old), _value(new)):
            yield ConfigDifference(old.path, _value(old), _value(new))
        return
    for key in dict.fromkeys(child.path[-1] for child in (*old.children, *new.children)):
        pair = [one.child(key) or ResolvedValue((*one.path, key), MISSING) for one in (old, new)]
        yield from _compare(*pair)


def _swap(old: ResolvedValue, new: ResolvedValue) -> Iterator[ConfigDifference]:
    """Yield the swap of a component, then the keys that both have with different values."""
    before, after = ({leaf.path: leaf for leaf in one.leaves() if _is_option(leaf)} for one in (old, new))
    shared = [path for path in before if path in after]
    changed = [path for path in shared if not _same(before[path], after[path])]
    counts = {
        "kept": len(shared) - len(changed),
        "changed": len(changed),
        "dropped": len(before) - len(shared),
        "added": len(after) - len(shared),
    }
    before_name, after_name = (_type(one) or (MISSING if one.value is MISSING else None) for one in (old, new))
    yield ConfigDifference(old.path, before_name, after_name, counts=counts)
    for path in changed:
        yield _difference(before[path], after[path])


def _is_option(leaf: ResolvedValue) -> bool:
    """Return whether a value is an option of a component, and not its name or a value that run time knows."""
    is_value = leaf.path[-1] != "type" and leaf.value is not MISSING and not leaf.component
    # A path of one key is a whole component, such as one that is null.
    return is_value and leaf.source in (GIVEN, DEFAULT) and len(leaf.path) > 1


def _type(value: ResolvedValue) -> str:
    kind = value.child("type")
    return value.component if kind is None else str(kind.value)


def _difference(old: ResolvedValue, new: ResolvedValue) -> ConfigDifference:
    return ConfigDifference(old.path, old.value, new.value, old.source == DEFAULT, new.source == DEFAULT)


def _same(old: ResolvedValue, new: ResolvedValue) -> bool:
    # What only run time knows is equal, unless one of the configs gives it.
    both = GIVEN in (old.source, new.source) or old.source == new.source
    return equal_values(old.value, new.value) or not both


def _value(value: ResolvedValue) -> Any:
    return value.config() if value.children else value.value


def _spell(value: Any) -> str:
    if value is MISSING:
        return "(not given)"
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
