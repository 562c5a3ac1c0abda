"""A family, and files with its components in a temporary working directory."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from spanreg.registry import Registrable
from spanreg.registry.trust import including, plugins, references


class Plug(Registrable):
    pass


@pytest.fixture
def plug() -> type[Plug]:
    """The family that the files of ``write`` register for."""
    return Plug


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty working directory; what is imported from it is forgotten."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
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
def write() -> Callable[..., None]:
    """Writes a Python file that registers a component of ``Plug``, if it is given a name."""

    def write(file: Path, name: str = "", more: str = "") -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        text = f"import sys\nPlug = sys.modules[{__name__!r}].Plug\n{textwrap.dedent(more)}\n"
        if name:
            text += f'@Plug.register("{name}")\nclass Made(Plug):\n    """Made for a test."""\n'
        file.write_text(text)

    return write
