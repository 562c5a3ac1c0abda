"""Index of registered components, found by reading decorators in source files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from spanreg.registry.source import classes

# Regular expressions, because parsing every file takes more than a second and this takes milliseconds. A test compares
# the result with the decorators that run on import.
DECORATOR = re.compile(r'^@(?P<base>\w+)\.register\(\s*"(?P<name>[^"]+)"(?P<rest>[^)]*)\)', re.MULTILINE)
CONSTRUCTOR = re.compile(r'constructor="(\w+)"')
CLASS = re.compile(r'^class (\w+)(?:[^\n]*:\n {4}r?"""(?P<first>[^\n]*))?', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """A ``@Base.register("name")`` in the source of an indexed package.

    ``entries()["Segmenter"]["max_match"].module``
    """

    base: str
    "Name of the base class as written in the decorator."
    name: str
    "The registered name."
    module: str
    cls: str
    constructor: str | None
    line: int = 0
    "Line of the class, counted from 1."
    summary: str = ""
    "First line of the class's docstring; empty without one."


def index_package(name: str, folder: Path) -> None:
    """Index the components of a package by their source, so that listing and checking import none of them.

    ``index_package("my_package", Path(__file__).parent)``
    """
    classes.INDEXED[name] = folder
    entries.cache_clear()


@cache
def entries() -> dict[str, dict[str, IndexEntry]]:
    """Return the decorators in all indexed packages, by name of the base class and registered name."""
    found: dict[str, dict[str, IndexEntry]] = {}
    for package, folder in classes.INDEXED.items():
        for file, text in _registering_files(folder):
            for entry in _read(package, folder, file, text):
                found.setdefault(entry.base, {})[entry.name] = entry
    return found


def _registering_files(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the path and the text of each source file that may register something, sorted by path."""
    # Plain strings and bytes: objects of pathlib for every file of a package would take longer than reading it.
    paths = [os.path.join(place, name) for place, _, names in os.walk(folder) for name in names if name.endswith(".py")]
    for path in sorted(paths):
        try:
            with open(path, "rb", buffering=0) as file:
                content = file.read()
        except FileNotFoundError:  # a link to nothing, such as a lock file of Emacs
            continue
        if b".register(" in content:
            # Decoded only here: most files register nothing.
            yield path, content.decode("utf-8")


def _read(package: str, folder: Path, file: str, text: str) -> list[IndexEntry]:
    relative = Path(file).relative_to(folder).with_suffix("")
    module = ".".join([package, *(part for part in relative.parts if part != "__init__")])
    found = []
    for match in DECORATOR.finditer(text):
        # Other decorators may be between this one and the class.
        cls, constructor = CLASS.search(text, match.end()), CONSTRUCTOR.search(match["rest"])
        if cls:
            name = constructor and constructor[1]
            line, summary = text.count("\n", 0, cls.start()) + 1, (cls["first"] or "").removesuffix('"""')
            found.append(IndexEntry(match["base"], match["name"], module, cls[1], name, line, summary))
    return found


def registered_entries(base: type) -> dict[str, IndexEntry]:
    """Return what the indexed packages register for a base class or its stand-in."""
    # The index knows bases by name alone, which a class of another package may share.
    if base.__module__.split(".")[0] not in classes.INDEXED and not classes.is_stand_in(base):
        return {}
    return entries().get(base.__name__, {})
