"""Components of others."""

from __future__ import annotations

import importlib.metadata
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spanreg.registry import ConfigurationError, Params, Registrable, include_package

Write = Callable[..., None]


def test_a_component_that_was_not_included_is_found(here: Path, write: Write, plug: type[Registrable]) -> None:
    write(here / "my_pack" / "shapes" / "__init__.py")
    write(here / "my_pack" / "shapes" / "round.py", "ball")
    with pytest.raises(ConfigurationError) as caught:
        plug.from_params(Params({"type": "ball"}))
    assert str(caught.value) == (
        "type: 'ball' is not registered for Plug. registered: nothing; 'ball' is registered in "
        f"{os.path.join('my_pack', 'shapes', 'round.py')}: add --include-package my_pack.shapes"
    )
    include_package("my_pack.shapes.round")
    assert type(plug.from_params(Params({"type": "ball"}))).__name__ == "Made"


class Point:
    """An entry point as ``importlib.metadata`` gives it."""

    dist = None

    def __init__(self, name: str, value: str) -> None:
        self.name, self.value = name, value

    def load(self) -> Any:
        return importlib.import_module(self.value)


def offer(monkeypatch: pytest.MonkeyPatch, *points: Point) -> None:
    def entry_points(group: str) -> list[Point]:
        return list(points) if group == "spanreg.components" else []

    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)


def test_entry_points(here: Path, write: Write, plug: type[Registrable], monkeypatch: pytest.MonkeyPatch) -> None:
    sys.path.insert(0, str(here))
    write(here / "installed_pack.py", "installed", more="Plug.list_available()")
    offer(monkeypatch, Point("installed", "installed_pack"))
    assert plug.by_name("installed").__module__ == "installed_pack"
    assert plug.list_available() == ["installed"]


def test_a_broken_entry_point_is_told_where_it_matters(
    here: Path, write: Write, plug: type[Registrable], monkeypatch: pytest.MonkeyPatch
) -> None:
    sys.path.insert(0, str(here))
    write(here / "broken_plugin.py", more="import nowhere_to_be_found")
    offer(monkeypatch, Point("shiny", "broken_plugin"))
    assert plug.list_available() == []
    for name in ("shiny", "other"):
        with pytest.raises(ConfigurationError, match=r"the entry point 'shiny' of an installed package fails \(Module"):
            plug.by_name(name)


@pytest.mark.parametrize(
    ("file", "packages", "said"),
    [
        ("mine.py", [], "mine"),
        ("mine/parts/one.py", ["mine", "mine/parts"], "mine"),
        ("ext/mine/one.py", ["ext/mine"], "ext.mine"),
        ("ext/one.py", [], os.path.join("ext", "one.py")),
    ],
)
def test_what_is_suggested_can_be_included(
    here: Path, write: Write, plug: type[Registrable], file: str, packages: list[str], said: str
) -> None:
    for package in packages:
        write(here / package / "__init__.py")
    write(here / file, "ball")
    with pytest.raises(ConfigurationError, match=f"add --include-package {re.escape(said)}$"):
        plug.from_params(Params({"type": "ball"}))
