"""Check what was read from JSON against type annotations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from types import UnionType
from typing import Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

from spanreg.registry.names import spell_type, spell_value

_LARGEST = 1 << 63
"Integers up to this one fit into the 64 bits of a numpy array or an Arrow column."
_JSON_TYPES: dict[Any, type] = {list: list, tuple: list, dict: dict, Mapping: dict}
"What JSON has in the place of each container."


def shape_fault(value: Any, annotation: Any, where: str = "") -> str:
    """Return why a value read from JSON does not have a type, or an empty string if it does.

    >>> shape_fault({"seed": True}, dict[str, int])
    "'seed' is true, a boolean, where an integer is expected"

    Args:
        value: the value.
        annotation: ``Any``, a scalar type, ``Literal``, a union, ``list[...]``, ``tuple[...]`` for a list, or
            ``dict[str, ...]``; a dataclass for an object with its fields; a ``TypedDict`` for an object that may have
            further keys.
        where: path of the value.
    """
    if annotation is Any:
        return ""
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        if any(not shape_fault(value, member, where) for member in get_args(annotation)):
            return ""
    elif origin is Literal:
        if isinstance(value, str | int | None) and value in get_args(annotation):
            return ""
    elif (is_dataclass(annotation) or is_typeddict(annotation)) and isinstance(value, dict):
        return _fields_fault(value, annotation, where)
    elif origin is tuple and isinstance(value, list):
        return _items_fault(value, get_args(annotation), where)
    elif origin in (list, dict, Mapping) and isinstance(value, origin):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        member = get_args(annotation)[-1]
        return next((fault for key, item in items if (fault := shape_fault(item, member, _join(where, key)))), "")
    elif _is_scalar(value, annotation):
        return ""
    is_object = is_dataclass(annotation) or is_typeddict(annotation)
    expected = "an object" if is_object else spell_type(_JSON_TYPES.get(origin, annotation))
    return f"'{where or 'it'}' is {spell_value(value)}, where {expected} is expected"


def _items_fault(items: list[Any], members: tuple[Any, ...], where: str) -> str:
    """Return the fault of a list that becomes a tuple, of any length where its annotation ends in ``...``."""
    if members[-1] is Ellipsis:
        members = members[:1] * len(items)
    if len(items) != len(members):
        return f"'{where or 'it'}' has {len(items)} items, where {len(members)} are expected"
    pairs = enumerate(zip(items, members, strict=True))
    faults = (shape_fault(item, member, _join(where, place)) for place, (item, member) in pairs)
    return next(filter(None, faults), "")


def _is_scalar(value: Any, annotation: Any) -> bool:
    """Return whether a value has a scalar type exactly; an integer also fits where a number is expected."""
    if annotation is int:
        return type(value) is int and -_LARGEST <= value < _LARGEST
    if annotation is float:
        return type(value) is float or _is_scalar(value, int)
    return type(value) is (type(None) if annotation is None else annotation)


def _fields_fault(value: Mapping[str, Any], cls: Any, where: str) -> str:
    hints = get_type_hints(cls)
    if is_typeddict(cls):
        # ``__required_keys__`` ignores ``NotRequired`` where annotations are strings.
        marked = get_type_hints(cls, include_extras=True)
        required = {name for name in hints if cls.__total__ and get_origin(marked[name]) is not NotRequired}
        unknown = set[str]()
    else:
        required = {one.name for one in fields(cls) if one.default is MISSING and one.default_factory is MISSING}
        unknown = value.keys() - hints.keys()
    # The first by name, because the order of a set differs from process to process.
    if unknown:
        return f"'{_join(where, min(unknown))}' is unknown"
    if missing := required - value.keys():
        return f"'{_join(where, min(missing))}' is missing"
    known = (name for name in hints if name in value)
    return next((fault for name in known if (fault := shape_fault(value[name], hints[name], _join(where, name)))), "")


def _join(where: str, key: object) -> str:
    return f"{where}.{key}" if where else str(key)
