"""Write resolved configs as Jsonnet."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from spanreg.cli.rendering.output import printable_json
from spanreg.registry.handlers.resolution import DEFAULT, GIVEN, INHERITED, RUN_TIME, ResolvedValue

_INDENT: Final = "  "
_WIDTH: Final = 100
_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEYWORDS: Final = frozenset(
    (
        *("assert", "else", "error", "false", "for", "function", "if", "import", "importstr", "importbin", "in"),
        *("local", "null", "self", "super", "tailstrict", "then", "true"),
    )
)
_LATER: Final = {RUN_TIME: "known at run time", INHERITED: "passed at run time"}


def spell_resolved(root: ResolvedValue, further: Sequence[tuple[str, Any]] = ()) -> str:
    """Return a resolved config as Jsonnet, in which comments mark defaults and what run time knows.

    Args:
        root: the resolved values.
        further: more keys for the end of the object.
    """
    lines = ["{", *_members(root, _INDENT)]
    for key, value in further:
        lines += _with_key(spell_key(key), spell_data(value, _INDENT), _INDENT)
    return "\n".join([*lines, "}"])


def spell_key(key: str) -> str:
    """Return a key of an object, quoted where Jsonnet requires it."""
    return key if _IDENTIFIER.fullmatch(key) and key not in _KEYWORDS else spell_string(key)


def spell_string(text: str) -> str:
    """Return a string in single quotes, or as JSON if it has quotes or characters that need an escape."""
    return f"'{text}'" if text.isprintable() and not set(text) & set("'\\") else printable_json(text)


def spell_data(value: Any, indent: str = "") -> str:
    """Return plain data as Jsonnet, on several lines if it is long."""
    short = _on_one_line(value)
    if len(indent) + len(short) <= _WIDTH or not isinstance(value, dict | list) or not value:
        return short
    inner = indent + _INDENT
    if isinstance(value, list):
        lines = [f"{inner}{spell_data(item, inner)}," for item in value]
        return "\n".join(["[", *lines, f"{indent}]"])
    lines = [line for key, item in value.items() for line in _with_key(spell_key(key), spell_data(item, inner), inner)]
    return "\n".join(["{", *lines, f"{indent}}}"])


def _on_one_line(value: Any) -> str:
    """Return plain data as Jsonnet on one line."""
    if isinstance(value, str):
        return spell_string(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_on_one_line, value))}]"
    if isinstance(value, dict):
        inside = ", ".join(f"{spell_key(key)}: {_on_one_line(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    # JSON is Jsonnet: numbers, true, false and null are spelt alike.
    return json.dumps(value)


def _with_key(key: str, text: str, indent: str) -> list[str]:
    return f"{indent}{key}: {text},".split("\n")


def _members(value: ResolvedValue, indent: str) -> Iterator[str]:
    """Yield the lines of the members of an object, or of the items of a list."""
    for child in value.children:
        key = "" if value.is_list else f"{spell_key(str(child.path[-1]))}: "
        if child.children:
            yield f"{indent}{key}{'[' if child.is_list else '{'}"
            yield from _members(child, indent + _INDENT)
            yield f"{indent}{']' if child.is_list else '}'},"
        elif child.source in (GIVEN, DEFAULT):
            mark = "  // default" if child.source == DEFAULT else ""
            # A component without arguments has no value here; its config is an empty object.
            yield f"{indent}{key}{spell_data({} if child.component else child.value, indent)},{mark}"
        else:
            # As a comment, since the value is not known, or a config cannot give it.
            yield f"{indent}// {child.path[-1]}: {_LATER.get(child.source, 'set by the class')}"
