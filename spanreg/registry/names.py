"""Words for error texts: nearest names, types and values as a reader would say them."""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterable
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

MOST_NAMES = 8


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """The known names, the one most like ``name`` first if any is near, then the others in their order."""
    names = list(dict.fromkeys(known))
    plain = {other: other.lower().replace("-", "_") for other in names}
    near = difflib.get_close_matches(name.lower().replace("-", "_"), plain.values(), n=1, cutoff=0.6)
    first = [other for other in names if near and plain[other] == near[0]][:1]
    return first + [other for other in names if other not in first]


def suggest(name: str, known: Iterable[str], what: str = "known") -> str:
    """A hint: the nearest name, then at most eight others; "none" where there are no names at all."""
    names = nearest(name, known)
    if not names:
        return f"{what}: none"
    near = difflib.SequenceMatcher(None, name.lower(), names[0].lower().replace("-", "_")).ratio() >= 0.6
    others = names[1:] if near else names
    listed = ", ".join(others[:MOST_NAMES]) + (
        f" and {len(others) - MOST_NAMES} more" if len(others) > MOST_NAMES else ""
    )
    question = f"did you mean '{names[0]}'?" if near else ""
    return " ".join(part for part in (question, f"{what}: {listed}" if listed else "") if part)


def spell_value(value: Any) -> str:
    """A config value and its kind: ``"3", a string``."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"{str(value).lower()}, a boolean"
    if isinstance(value, str):
        return f'"{_short(value)}", a string'
    if isinstance(value, int):
        return f"{value}, an integer"
    if isinstance(value, float):
        return f"{value}, a number"
    if isinstance(value, dict):
        return "an object"
    return "a list" if isinstance(value, list | tuple) else f"{_short(repr(value))}, a {type(value).__name__}"


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."


PLAIN = {
    bool: "true or false",
    int: "an integer",
    float: "a number",
    str: "a string",
    type(None): "null",
    list: "a list",
    tuple: "a list",
    set: "a list",
    dict: "an object",
    Any: "any value",
}


def spell_type(annotation: Any) -> str:
    """What a type asks for, in words: ``a list of integers`` is spelt ``a list (each: an integer)``."""
    if annotation in PLAIN:
        return PLAIN[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return ", ".join(
            [spell_type(arguments[0]), *(str(mark) for mark in arguments[1:] if hasattr(mark, "complaint"))]
        )
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(spell_type(member) for member in arguments))
    if origin is Literal:
        return "one of " + ", ".join(repr(choice) for choice in arguments)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return "one of " + ", ".join(repr(member.name) for member in annotation)
    if origin is not None and arguments:
        outer = PLAIN.get(origin, getattr(origin, "__name__", str(origin)))
        return f"{outer} (each: {spell_type(arguments[-1] if arguments[-1] is not ... else arguments[0])})"
    return str(getattr(annotation, "__name__", annotation))
