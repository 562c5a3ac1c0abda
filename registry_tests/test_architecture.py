"""The architecture page names only files, functions and classes that exist, and every part of the package."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "spanreg"
PAGE = (ROOT / "docs" / "explanation" / "architecture.md").read_text(encoding="utf-8")
FILE_NAME = re.compile(r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.py)`")
# "`training/train.py`: `train`", and further names after commas.
FILE_AND_NAMES = re.compile(r"`([\w/]+\.py)`: (`[\w.]+`(?:, `[\w.]+`)*)")
CLASS_NAME = re.compile(r"`([A-Z][a-z]+[A-Za-z]*)(?:\.\w+)?(?:\(.*?\))?`")
FILE_AND_NAME_PAIRS = sorted(
    {(file, name) for file, names in FILE_AND_NAMES.findall(PAGE) for name in re.findall(r"[\w.]+", names)}
)


@cache
def defined_names(file: Path) -> set[str]:
    """Return the names of the functions, classes and methods of a file, such as ``train`` and ``RunReader.read``."""
    found = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{part.name}" for part in node.body if isinstance(part, ast.FunctionDef)}
    return found


@pytest.mark.parametrize(("file", "name"), FILE_AND_NAME_PAIRS)
def test_named_functions_exist_in_their_files(file: str, name: str) -> None:
    assert name in defined_names(PACKAGE / file)


def test_named_files_exist() -> None:
    named = set(FILE_NAME.findall(PAGE))
    assert len(named) > 30
    assert [name for name in sorted(named) if not (PACKAGE / name).exists() and not (ROOT / name).exists()] == []


def test_named_classes_exist() -> None:
    known = {
        name
        for path in PACKAGE.rglob("*.py")
        for name in re.findall(r"^class (\w+)", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    }
    assert sorted(set(CLASS_NAME.findall(PAGE)) - known) == []


def test_layers_list_every_part_of_the_package() -> None:
    layers = PAGE.split("```text\n")[1].split("```")[0]
    parts = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    missing = {part for part in parts if not part.startswith("__") and not re.search(rf"\b{part}\b", layers)}
    assert missing == set()
