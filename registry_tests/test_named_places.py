"""Dotted names and paths of this project in the documentation and the sources, which must exist."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
SOURCES = [*(ROOT / "spanreg").rglob("*.py"), *(ROOT / "configs").rglob("*.*sonnet")]
# Not after a slash, a dot or a hyphen: there the match is a part of a longer path or name.
DOTTED = re.compile(r"(?<![\w./-])spanreg(?:\.[A-Za-z_]\w*)+")
PATH = re.compile(r"(?<![\w./~-])(?:spanreg|registry_tests|configs|docs)/[\w./*-]*\w")
# Dotted names that are no Python objects: an error handler of the command line, a key of a config, and a file that a
# command on a page writes.
OTHER_NAMES = {"spanreg.escape", "spanreg.given", "spanreg.schema.json"}
# A placeholder for the name of a task.
PLACEHOLDER = "TASK"


def current_text(path: Path) -> str:
    """Return the text of a file; for the changelog, only the newest section, since older ones have former names."""
    text = path.read_text(encoding="utf-8")
    return "## ".join(text.split("\n## ")[:2]) if path.name == "CHANGELOG.md" else text


def place_exists(name: str) -> bool:
    """Return whether a dotted name can be imported, or a path or pattern matches a file."""
    if "/" in name:
        return any(ROOT.glob(name.replace(PLACEHOLDER, "*")))
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError):
        return name in OTHER_NAMES
    return True


def missing_places(path: Path) -> Iterator[str]:
    """Yield the names in a file that do not exist."""
    for number, line in enumerate(current_text(path).splitlines(), start=1):
        found = {*DOTTED.findall(line), *PATH.findall(line)}
        yield from (f"{path.relative_to(ROOT)}:{number}: {name}" for name in sorted(found) if not place_exists(name))


@pytest.mark.parametrize("files", [PAGES, SOURCES], ids=["pages", "sources"])
def test_named_objects_and_paths_exist(files: list[Path]) -> None:
    absent = [line for path in files for line in missing_places(path)]
    assert not absent, "renamed or moved since this was written; write the new name:\n" + "\n".join(absent)


def test_place_exists_on_examples(tmp_path: Path) -> None:
    assert place_exists("spanreg.registry.Registrable.by_name")
    assert place_exists("configs/glue/TASK.jsonnet")
    assert not place_exists("spanreg.registry.Registrabel")
    assert not place_exists("spanreg.no_such_module.thing")
    assert not place_exists("spanreg/no_such_file.py")
