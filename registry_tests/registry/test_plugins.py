"""Components of others."""

from __future__ import annotations

import importlib.metadata
import os
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spanreg.registry import ConfigurationError, Params, Registrable, include_package, plugins


class Plug(Registrable):
    pass


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty working folder; what is imported from it is forgotten."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(plugins, "_loaded", set())
    monkeypatch.setattr(plugins, "_broken", {})
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def write(file: Path, name: str = "", more: str = "") -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    text = f"import sys\nPlug = sys.modules[{__name__!r}].Plug\n{textwrap.dedent(more)}\n"
    if name:
        text += f'@Plug.register("{name}")\nclass Made(Plug):\n    """Made for a test."""\n'
    file.write_text(text)


def test_a_package_with_all_below_it(here: Path) -> None:
    write(here / "my_pack" / "__init__.py")
    write(here / "my_pack" / "__main__.py", more="raise SystemExit('not imported')")
    write(here / "my_pack" / "one.py", "one")
    write(here / "my_pack" / "deep" / "__init__.py", "two")
    write(here / "my_pack" / "deep" / "deeper.py", "three")
    include_package("my_pack")
    assert sorted(Plug.list_available()) == ["one", "three", "two"]
    include_package("my_pack")


@pytest.mark.parametrize("name", ["my_pack.sub", "my_pack/sub", "./my_pack/sub/"])
def test_a_part_of_a_package(here: Path, name: str) -> None:
    write(here / "my_pack" / "__init__.py")
    write(here / "my_pack" / "other.py", "other")
    write(here / "my_pack" / "sub" / "__init__.py", "sub")
    include_package(name)
    assert Plug.list_available() == ["sub"]


def test_a_folder_elsewhere(here: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("elsewhere") / "far_pack"
    write(folder / "__init__.py", "far")
    include_package(str(folder))
    assert Plug.list_available() == ["far"]


@pytest.mark.parametrize("name", ["{here}/near_pack/sub", "../{here.name}/near_pack/sub"])
def test_a_folder_here_by_another_path(here: Path, name: str) -> None:
    write(here / "near_pack" / "__init__.py")
    write(here / "near_pack" / "sub" / "__init__.py", "near")
    include_package(name.format(here=here))
    assert Plug.by_name("near").__module__ == "near_pack.sub"


def test_a_file_with_a_dot_in_its_name(here: Path) -> None:
    write(here / "plug.v2.py", "dotted_file")
    include_package("plug.v2.py")
    assert Plug.list_available() == ["dotted_file"]


def test_a_file(here: Path) -> None:
    write(here / "plug_file.py", "from_file")
    include_package("plug_file.py")
    include_package("./plug_file.py")
    assert Plug.list_available() == ["from_file"]
    assert Plug.by_name("from_file").__module__ == "plug_file"


def test_two_files_named_alike(here: Path) -> None:
    write(here / "a" / "plug_twin.py", "first")
    write(here / "b" / "plug_twin.py", "second")
    include_package("a/plug_twin.py")
    include_package("b/plug_twin.py")
    second = Plug.by_name("second")
    include_package("b/plug_twin.py")
    assert Plug.by_name("second") is second
    assert Plug.list_available() == ["first", "second"]


def test_a_file_named_like_a_module_of_others_hides_nothing(here: Path) -> None:
    write(here / "wave.py", "waving")
    sys.modules.pop("wave", None)
    sys.path.append(str(here))
    include_package(str(here / "wave.py"))
    assert Plug.by_name("waving").__module__.startswith("wave")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no_such_pack", "--include-package: there is no module 'no_such_pack'. check the spelling; *"),
        ("good_pack.nothing", "--include-package: there is no module 'good_pack.nothing'. check the spelling; *"),
        ("absent.py", "--include-package: there is no file 'absent.py'. give a module name or a Python file"),
        ("broken_file.py", "--include-package: 'broken_file.py' fails while it is imported (ZeroDivisionError: *"),
        ("broken_pack", "--include-package: 'broken_pack.inner' fails while it is imported (SyntaxError: *"),
        ("needy_pack", "--include-package: 'needy_pack' fails while it is imported (ModuleNotFoundError: *nowhere*"),
        ("./nowhere", "--include-package: there is no module './nowhere'. check the spelling; *"),
        ("", "--include-package: no name is given. give a module name, a folder or a Python file"),
    ],
)
def test_what_cannot_be_included(here: Path, name: str, message: str) -> None:
    write(here / "good_pack" / "__init__.py")
    write(here / "broken_file.py", more="1 / 0")
    write(here / "broken_pack" / "__init__.py")
    write(here / "broken_pack" / "inner.py", more="def (")
    write(here / "needy_pack" / "__init__.py", more="import nowhere_to_be_found")
    with pytest.raises(ConfigurationError) as caught:
        include_package(name)
    said = str(caught.value)
    assert all(part in said for part in message.split("*")), said
    assert "broken_file" not in sys.modules


def test_a_duplicate_in_a_package_is_told_as_such(here: Path) -> None:
    write(here / "twice_pack" / "__init__.py", "same")
    write(here / "twice_pack" / "inner.py", "same")
    with pytest.raises(
        ConfigurationError, match="'same' is already registered for Plug: by twice_pack.Made, and now by"
    ):
        include_package("twice_pack")


def test_a_component_that_was_not_included_is_found(here: Path) -> None:
    write(here / "my_pack" / "shapes" / "__init__.py")
    write(here / "my_pack" / "shapes" / "round.py", "ball")
    with pytest.raises(ConfigurationError) as caught:
        Plug.from_params(Params({"type": "ball"}))
    assert str(caught.value) == (
        "type: 'ball' is not registered for Plug. registered: nothing; 'ball' is registered in "
        f"{os.path.join('my_pack', 'shapes', 'round.py')}: add --include-package my_pack.shapes"
    )
    include_package("my_pack.shapes.round")
    assert type(Plug.from_params(Params({"type": "ball"}))).__name__ == "Made"


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


def test_entry_points(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sys.path.insert(0, str(here))
    write(here / "installed_pack.py", "installed", more="Plug.list_available()")
    offer(monkeypatch, Point("installed", "installed_pack"))
    assert Plug.by_name("installed").__module__ == "installed_pack"
    assert Plug.list_available() == ["installed"]


def test_a_broken_entry_point_is_told_where_it_matters(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sys.path.insert(0, str(here))
    write(here / "broken_plugin.py", more="import nowhere_to_be_found")
    offer(monkeypatch, Point("shiny", "broken_plugin"))
    assert Plug.list_available() == []
    for name in ("shiny", "other"):
        with pytest.raises(ConfigurationError, match=r"the entry point 'shiny' of an installed package fails \(Module"):
            Plug.by_name(name)


def test_dotted_names(here: Path) -> None:
    write(here / "broken_module.py", more="import nowhere_to_be_found")
    sys.path.insert(0, str(here))
    assert plugins.import_dotted("os.path.join") is os.path.join
    assert plugins.import_dotted("pathlib.Path.cwd")() == Path.cwd()
    with pytest.raises(ConfigurationError, match="'broken_module.X' cannot be imported .* install nowhere_to_be_found"):
        plugins.import_dotted("broken_module.X")
    write(here / "raising_module.py", more="raise RuntimeError('boom')")
    with pytest.raises(ConfigurationError, match=r"'raising_module.X' cannot be imported \(RuntimeError: boom\)"):
        plugins.import_dotted("raising_module.X")
    with pytest.raises(ConfigurationError, match="'math.pi.x' does not exist: no 'x' in 3.14"):
        plugins.import_dotted("math.pi.x")
    with pytest.raises(ConfigurationError, match="'./mine.py' is no dotted name. write it as package.module.Name"):
        plugins.import_dotted("./mine.py")


@pytest.mark.parametrize(
    ("file", "packages", "said"),
    [
        ("mine.py", [], "mine"),
        ("mine/parts/one.py", ["mine", "mine/parts"], "mine"),
        ("ext/mine/one.py", ["ext/mine"], "ext.mine"),
        ("ext/one.py", [], os.path.join("ext", "one.py")),
    ],
)
def test_what_is_suggested_can_be_included(here: Path, file: str, packages: list[str], said: str) -> None:
    for package in packages:
        write(here / package / "__init__.py")
    write(here / file, "ball")
    with pytest.raises(ConfigurationError, match=f"add --include-package {re.escape(said)}$"):
        Plug.from_params(Params({"type": "ball"}))
