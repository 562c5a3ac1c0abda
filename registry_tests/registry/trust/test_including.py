"""The user's own packages, modules and files are imported, and nothing else."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from spanreg.registry import (
    ConfigurationError,
    Registrable,
    include_package,
    include_packages,
    included_sources,
    require_included,
)

Write = Callable[..., None]


def test_a_package_with_all_below_it(here: Path, write: Write, plug: type[Registrable]) -> None:
    write(here / "my_pack" / "__init__.py")
    write(here / "my_pack" / "__main__.py", more="raise SystemExit('not imported')")
    write(here / "my_pack" / "one.py", "one")
    write(here / "my_pack" / "deep" / "__init__.py", "two")
    write(here / "my_pack" / "deep" / "deeper.py", "three")
    include_package("my_pack")
    assert sorted(plug.list_available()) == ["one", "three", "two"]
    include_package("my_pack")


@pytest.mark.parametrize("name", ["my_pack.sub", "my_pack/sub", "./my_pack/sub/"])
def test_a_part_of_a_package(here: Path, write: Write, plug: type[Registrable], name: str) -> None:
    write(here / "my_pack" / "__init__.py")
    write(here / "my_pack" / "other.py", "other")
    write(here / "my_pack" / "sub" / "__init__.py", "sub")
    include_package(name)
    assert plug.list_available() == ["sub"]


def test_a_folder_elsewhere(
    here: Path, write: Write, plug: type[Registrable], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("elsewhere") / "far_pack"
    write(folder / "__init__.py", "far")
    include_package(str(folder))
    assert plug.list_available() == ["far"]


@pytest.mark.parametrize("name", ["{here}/near_pack/sub", "../{here.name}/near_pack/sub"])
def test_a_folder_here_by_another_path(here: Path, write: Write, plug: type[Registrable], name: str) -> None:
    write(here / "near_pack" / "__init__.py")
    write(here / "near_pack" / "sub" / "__init__.py", "near")
    include_package(name.format(here=here))
    assert plug.by_name("near").__module__ == "near_pack.sub"


def test_a_file_with_a_dot_in_its_name(here: Path, write: Write, plug: type[Registrable]) -> None:
    write(here / "plug.v2.py", "dotted_file")
    include_package("plug.v2.py")
    assert plug.list_available() == ["dotted_file"]


def test_a_file(here: Path, write: Write, plug: type[Registrable]) -> None:
    write(here / "plug_file.py", "from_file")
    include_package("plug_file.py")
    include_package("./plug_file.py")
    assert plug.list_available() == ["from_file"]
    assert plug.by_name("from_file").__module__ == "plug_file"


def test_two_files_named_alike(here: Path, write: Write, plug: type[Registrable]) -> None:
    write(here / "a" / "plug_twin.py", "first")
    write(here / "b" / "plug_twin.py", "second")
    include_package("a/plug_twin.py")
    include_package("b/plug_twin.py")
    second = plug.by_name("second")
    include_package("b/plug_twin.py")
    assert plug.by_name("second") is second
    assert plug.list_available() == ["first", "second"]


def test_a_file_named_like_a_module_of_others_hides_nothing(here: Path, write: Write, plug: type[Registrable]) -> None:
    write(here / "wave.py", "waving")
    sys.modules.pop("wave", None)
    sys.path.append(str(here))
    include_package(str(here / "wave.py"))
    assert plug.by_name("waving").__module__.startswith("wave")


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
        ("", "--include-package: the name is empty. give a module name, a folder or a Python file"),
    ],
)
def test_what_cannot_be_included(here: Path, write: Write, plug: type[Registrable], name: str, message: str) -> None:
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


def test_a_duplicate_in_a_package_is_told_as_such(here: Path, write: Write, plug: type[Registrable]) -> None:
    write(here / "twice_pack" / "__init__.py", "same")
    write(here / "twice_pack" / "inner.py", "same")
    with pytest.raises(
        ConfigurationError, match="'same' is already registered for Plug: by twice_pack.Made, and now by"
    ):
        include_package("twice_pack")


def test_a_module_here_may_import_its_neighbours(here: Path, write: Write, plug: type[Registrable]) -> None:
    write(here / "mine.py", "mine", more="import helper_of_mine, later_pack")
    write(here / "helper_of_mine.py", more="import helper_of_helper")
    write(here / "helper_of_helper.py")
    write(here / "later_pack" / "__init__.py", "later")
    include_packages(["mine", "later_pack"])
    assert plug.list_available() == ["later", "mine"]


def test_a_file_may_import_its_neighbours(here: Path, write: Write, plug: type[Registrable]) -> None:
    write(here / "ext" / "mine.py", "mine", more="import beside_mine, at_home")
    write(here / "ext" / "beside_mine.py")
    write(here / "at_home.py")
    include_package("ext/mine.py")
    assert plug.list_available() == ["mine"]


@pytest.mark.parametrize("name", ["mine", "mine.py", "mine_pack", "./mine_pack"])
def test_nothing_else_here_is_imported(here: Path, write: Write, plug: type[Registrable], name: str) -> None:
    """Not an installed package by its name, nor an optional one that another library looks for."""
    for planted in ("json", "wave", "tabnanny", "optional_dependency"):
        (here / f"{planted}.py").write_text("raise AssertionError('planted')\n")
    library = here / "installed"
    write(library / "a_library.py", more="try:\n    import optional_dependency\nexcept ImportError:\n    pass")
    sys.path.append(str(library))
    write(here / "mine.py", "mine", more="import json, wave, tabnanny, a_library")
    write(here / "mine_pack" / "__init__.py", "mine", more="import json, wave, tabnanny, a_library")
    for module in ("wave", "tabnanny"):
        sys.modules.pop(module, None)
    include_package(name)
    assert plug.list_available() == ["mine"]
    assert importlib.util.find_spec("optional_dependency") is None
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("optional_dependency")
    assert str(here) not in sys.path


def test_a_name_that_is_installed_and_here(here: Path, write: Write) -> None:
    (here / "wave.py").write_text("raise AssertionError('planted')\n")
    (here / "difflib").mkdir()
    write(here / "optparse" / "__init__.py", more="raise AssertionError('planted')")
    with pytest.raises(ConfigurationError, match="'wave' is an installed package and also .*wave.py. rename .*wave.py"):
        include_package("wave")
    with pytest.raises(ConfigurationError, match="'optparse' is an installed package and also .*optparse/__init__.py"):
        include_package("./optparse")
    include_package("difflib")  # a folder that only has the name of a package
    assert sys.modules["difflib"].__file__ != str(here / "difflib")


def test_what_is_included(here: Path, write: Write) -> None:
    write(here / "mine.py")
    write(here / "pack" / "__init__.py")
    write(here / "pack" / "inner.py")
    include_packages(["./mine.py", "pack"])
    assert included_sources("./mine.py") == included_sources("mine") == (here / "mine.py",)
    assert included_sources("pack") == (here / "pack",)
    assert included_sources("pack.inner") is None
    require_included(["pack", "mine"], "the run")
    with pytest.raises(ConfigurationError) as caught:
        require_included(["pack", "pack.inner", "other"], "the run")
    assert str(caught.value) == (
        "the run was made with packages that are not included: pack.inner, other. if you trust them, add "
        "--include-package pack.inner --include-package other"
    )


def test_a_folder_to_begin_in(here: Path, write: Write, plug: type[Registrable]) -> None:
    write(here / "far" / "mine.py", "far", more="import beside")
    write(here / "far" / "beside.py")
    with pytest.raises(ConfigurationError, match="there is no module 'mine'"):
        include_package("mine")
    include_package("mine", here / "far")
    assert plug.list_available() == ["far"]
