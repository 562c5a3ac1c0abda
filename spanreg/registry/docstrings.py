"""Class docstrings as data: what a component computes, what its parameters mean, where it comes from."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field

HEADING = re.compile(r"^(Parameters|Raises|Source):\s*(.*)$")
ENTRY = re.compile(r"^(?: {4})(\w+): (.*)$")
SENTENCE = re.compile(r"^(.*?[.?])(?:\s+[A-Z`*]|\s*$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Documented:
    """The parts of a docstring in the form of this package."""

    summary: str = ""
    "The first sentence."
    text: str = ""
    "All before the sections."
    parameters: dict[str, str] = field(default_factory=dict)
    "What is said of each, by name."
    raises: str = ""
    source: str = ""
    "The paper or the package that it follows."


def documented(target: object) -> Documented:
    """A class's own docstring, taken apart; sections are ``Parameters:``, ``Raises:`` and ``Source:``."""
    parts: dict[str, list[str]] = {"": []}
    current = ""
    for line in inspect.cleandoc(getattr(target, "__doc__", None) or "").splitlines():
        if heading := HEADING.match(line):
            current = heading[1]
            parts[current] = [heading[2]]
        else:
            parts[current].append(line)
    text = "\n".join(parts[""]).strip()
    return Documented(
        summary=_first_sentence(text),
        text=text,
        parameters=_entries(parts.get("Parameters", [])),
        raises=_joined(parts.get("Raises", [])),
        source=_joined(parts.get("Source", [])),
    )


def _first_sentence(text: str) -> str:
    paragraph = _joined(text.split("\n\n", 1)[0].splitlines())
    found = SENTENCE.match(paragraph)
    return found[1] if found else paragraph


def _entries(lines: list[str]) -> dict[str, str]:
    """``name: text`` with its further lines, which are indented more."""
    found: dict[str, list[str]] = {}
    for line in lines:
        if entry := ENTRY.match(line):
            found[entry[1]] = [entry[2]]
        elif found and line.strip():
            found[list(found)[-1]].append(line)
    return {name: _joined(said) for name, said in found.items()}


def _joined(lines: list[str]) -> str:
    return " ".join(" ".join(lines).split())
