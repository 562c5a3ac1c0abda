"""Every dotted name and every path of this project in the documentation and in the sources exists."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
SOURCES = [*(ROOT / "spanreg").rglob("*.py"), *(ROOT / "configs").rglob("*.*sonnet")]
# Not after a slash, a dot or a hyphen, where it is a part of a longer path or name.
DOTTED = re.compile(r"(?<![\w./-])spanreg(?:\.[A-Za-z_]\w*)+")
PATH = re.compile(r"(?<![\w./~-])(?:spanreg|registry_tests|configs|docs)/[\w./*-]*\w")
# An error handler of the command line, a key of a config, and a file that a command on a page writes.
NO_OBJECTS = {"spanreg.escape", "spanreg.given", "spanreg.schema.json"}
# A placeholder for the name of a task.
PLACEHOLDER = "TASK"


def text_of(path: Path) -> str:
    """Return the text of a file; of the changelog, only the newest section, since older ones name former places."""
    text = path.read_text(encoding="utf-8")
    return "## ".join(text.split("\n## ")[:2]) if path.name == "CHANGELOG.md" else text


def exists(name: str) -> bool:
    """Return whether a dotted name can be imported, or a path or pattern is there."""
    if "/" in name:
        return any(ROOT.glob(name.replace(PLACEHOLDER, "*")))
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError):
        return name in NO_OBJECTS
    return True


def missing(path: Path) -> Iterator[str]:
    """Yield the names in a file that do not exist."""
    for number, line in enumerate(text_of(path).splitlines(), start=1):
        found = {*DOTTED.findall(line), *PATH.findall(line)}
        yield from (f"{path.relative_to(ROOT)}:{number}: {name}" for name in sorted(found) if not exists(name))


@pytest.mark.parametrize("files", [PAGES, SOURCES], ids=["pages", "sources"])
def test_every_name_leads_somewhere(files: list[Path]) -> None:
    lost = [line for path in files for line in missing(path)]
    assert not lost, "renamed or moved since this was written; write the new name:\n" + "\n".join(lost)


def test_the_rule_itself(tmp_path: Path) -> None:
    assert exists("spanreg.registry.Registrable.by_name")
    assert exists("configs/glue/TASK.jsonnet")
    assert not exists("spanreg.registry.Registrabel")
    assert not exists("spanreg.no_such_module.thing")
    assert not exists("spanreg/no_such_file.py")
