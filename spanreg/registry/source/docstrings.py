"""Parse class docstrings: summary, parameters, source and example of a component."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

from spanreg.registry.source.classes import is_stand_in, source_of

HEADING = re.compile(r"^(Parameters|Raises|Source|Example):\s*(.*)$")
# Four spaces exactly: a deeper line continues the entry above it.
ENTRY = re.compile(r"^(?: {4})(\w+): (.*)$")
# A full stop ends a sentence only before a capital, code or the end of the text: that of "0.1" or "etc. and" does not.
SENTENCE = re.compile(r"^(.*?[.?])(?:\s+[A-Z`*]|\s*$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ParsedDocstring:
    """The sections of a docstring in the format of this package.

    ``parse_docstring(MaxMatchSegmenter).parameters["direction"]``
    """

    summary: str = ""
    "The first sentence."
    text: str = ""
    "Everything before the sections."
    parameters: dict[str, str] = field(default_factory=dict)
    "Descriptions by name."
    raises: str = ""
    source: str = ""
    "The paper or package that the component follows."
    example: str = ""
    "Jsonnet, as in a config."


def parse_docstring(target: object) -> ParsedDocstring:
    """Return the sections of a class's docstring: ``Parameters:``, ``Raises:``, ``Source:`` and ``Example:``.

    Parameters that it does not describe are taken from its superclasses and, for a dataclass, from the strings below
    its fields.

    ``parse_docstring(MaxMatchSegmenter).summary``
    """
    own = _parts(getattr(target, "__doc__", None) or "")
    parameters: dict[str, str] = {}
    # From the outermost superclass inwards: a class may describe an inherited parameter anew.
    for cls in getattr(target, "__mro__", ())[::-1]:
        parameters |= _own_parameters(cls, cls.__doc__ or "")
    return replace(own, parameters=parameters or own.parameters)


# Both are cached, because all components of a family inherit from the same few classes.
@lru_cache(maxsize=1024)
def _own_parameters(cls: type, docstring: str) -> dict[str, str]:
    """Return the descriptions in the source of a class, without those of its superclasses."""
    return field_strings(cls) | _parts(docstring).parameters


@lru_cache(maxsize=1024)
def _parts(docstring: str) -> ParsedDocstring:
    parts: dict[str, list[str]] = {"": []}
    current = ""
    for line in inspect.cleandoc(docstring).splitlines():
        if heading := HEADING.match(line):
            current = heading[1]
            parts[current] = [heading[2]]
        else:
            parts[current].append(line)
    text = "\n".join(parts[""]).strip()
    return ParsedDocstring(
        summary=_first_sentence(text),
        text=text,
        parameters=_entries(parts.get("Parameters", [])),
        raises=_joined(parts.get("Raises", [])),
        source=_joined(parts.get("Source", [])),
        example="\n".join(inspect.cleandoc("\n".join(["", *parts.get("Example", [])])).splitlines()).strip(),
    )


def field_strings(cls: Any) -> dict[str, str]:
    """Return the strings below the fields of a class, by field, read from its source."""
    module, name = cls.spanreg_source if is_stand_in(cls) else (cls.__module__, cls.__name__)
    source = source_of(module)
    node = source.definitions.get(name) if source is not None else None
    body = node.body if isinstance(node, ast.ClassDef) else []
    # Python keeps no strings below fields, so they exist in the source alone.
    return {
        field.target.id: _joined(string.value.value.splitlines())
        for field, string in pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(string, ast.Expr)
        and isinstance(string.value, ast.Constant)
        and isinstance(string.value.value, str)
    }


def _first_sentence(text: str) -> str:
    paragraph = _joined(text.split("\n\n", 1)[0].splitlines())
    found = SENTENCE.match(paragraph)
    return found[1] if found else paragraph


def _entries(lines: list[str]) -> dict[str, str]:
    """Return entries ``name: text``, each with its continuation lines."""
    found: dict[str, list[str]] = {}
    for line in lines:
        if entry := ENTRY.match(line):
            found[entry[1]] = [entry[2]]
        elif found and line.strip():
            found[list(found)[-1]].append(line)
    return {name: _joined(text) for name, text in found.items()}


def _joined(lines: list[str]) -> str:
    return " ".join(" ".join(lines).split())
