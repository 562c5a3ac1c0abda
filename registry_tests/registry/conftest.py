"""Fixtures of the registry's tests: a family, and a working directory with modules that register components of it."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from spanreg.registry import Registrable
from spanreg.registry.trust import including, plugins, references


class ToyFamily(Registrable):
    """Family of the components that ``write_module`` writes."""


@pytest.fixture
def toy_family() -> type[ToyFamily]:
    """Return the family of the components that ``write_module`` writes."""
    return ToyFamily


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Yield an empty working directory, with nothing included yet; forget what is imported from it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    # Including a package, and loading plug-ins, changes the process: there is no public way to undo either.
    monkeypatch.setattr(plugins, "_loaded", set())
    monkeypatch.setattr(plugins, "_broken", {})
    monkeypatch.setattr(references, "_included", set())
    monkeypatch.setattr(including, "_sources", {})
    monkeypatch.setattr(including._finder, "folders", {})
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.fixture
def write_module() -> Callable[..., None]:
    """Return a function that writes a Python file; given a name, the file registers a component of ``ToyFamily``."""

    def write(file: Path, name: str = "", more: str = "") -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        text = f"import sys\nToyFamily = sys.modules[{__name__!r}].ToyFamily\n{textwrap.dedent(more)}\n"
        if name:
            text += f'@ToyFamily.register("{name}")\nclass ToyComponent(ToyFamily):\n    """Made for a test."""\n'
        file.write_text(text)

    return write
