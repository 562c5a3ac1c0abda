"""``include_package``: imports the packages, modules and files that a user names, and nothing else."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from registry_tests.registry.messages import assert_message
from spanreg.registry import (
    ConfigurationError,
    Registrable,
    include_package,
    include_packages,
    included_sources,
    require_included,
)

WriteModule = Callable[..., None]


def test_a_package_is_included_with_all_its_modules(
    here: Path, write_module: WriteModule, toy_family: type[Registrable]
) -> None:
    write_module(here / "my_pack" / "__init__.py")
    write_module(here / "my_pack" / "__main__.py", more="raise SystemExit('not imported')")
    write_module(here / "my_pack" / "one.py", "one")
    write_module(here / "my_pack" / "deep" / "__init__.py", "two")
    write_module(here / "my_pack" / "deep" / "deeper.py", "three")
    include_package("my_pack")
    assert sorted(toy_family.list_available()) == ["one", "three", "two"]
    include_package("my_pack")


@pytest.mark.parametrize("name", ["my_pack.sub", "my_pack/sub", "./my_pack/sub/"])
def test_a_subpackage_is_included_alone(
    here: Path, write_module: WriteModule, toy_family: type[Registrable], name: str
) -> None:
    write_module(here / "my_pack" / "__init__.py")
    write_module(here / "my_pack" / "other.py", "other")
    write_module(here / "my_pack" / "sub" / "__init__.py", "sub")
    include_package(name)
    assert toy_family.list_available() == ["sub"]


def test_a_folder_outside_of_the_working_directory_is_included(
    here: Path, write_module: WriteModule, toy_family: type[Registrable], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("elsewhere") / "far_pack"
    write_module(folder / "__init__.py", "far")
    include_package(str(folder))
    assert toy_family.list_available() == ["far"]


@pytest.mark.parametrize("name", ["{here}/near_pack/sub", "../{here.name}/near_pack/sub"])
def test_a_folder_of_the_working_directory_is_recognised_by_other_paths(
    here: Path, write_module: WriteModule, toy_family: type[Registrable], name: str
) -> None:
    write_module(here / "near_pack" / "__init__.py")
    write_module(here / "near_pack" / "sub" / "__init__.py", "near")
    include_package(name.format(here=here))
    assert toy_family.by_name("near").__module__ == "near_pack.sub"


def test_a_file_with_a_dot_in_its_name_is_included(
    here: Path, write_module: WriteModule, toy_family: type[Registrable]
) -> None:
    write_module(here / "plug.v2.py", "dotted_file")
    include_package("plug.v2.py")
    assert toy_family.list_available() == ["dotted_file"]


def test_a_file_is_included_once(here: Path, write_module: WriteModule, toy_family: type[Registrable]) -> None:
    write_module(here / "plug_file.py", "from_file")
    include_package("plug_file.py")
    include_package("./plug_file.py")
    assert toy_family.list_available() == ["from_file"]
    assert toy_family.by_name("from_file").__module__ == "plug_file"


def test_two_files_of_the_same_name_are_included(
    here: Path, write_module: WriteModule, toy_family: type[Registrable]
) -> None:
    write_module(here / "a" / "plug_twin.py", "first")
    write_module(here / "b" / "plug_twin.py", "second")
    include_package("a/plug_twin.py")
    include_package("b/plug_twin.py")
    second = toy_family.by_name("second")
    include_package("b/plug_twin.py")
    assert toy_family.by_name("second") is second
    assert toy_family.list_available() == ["first", "second"]


def test_a_file_may_have_the_name_of_an_installed_module(
    here: Path, write_module: WriteModule, toy_family: type[Registrable]
) -> None:
    write_module(here / "wave.py", "waving")
    sys.modules.pop("wave", None)
    sys.path.append(str(here))
    include_package(str(here / "wave.py"))
    assert toy_family.by_name("waving").__module__.startswith("wave")


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
def test_a_package_that_cannot_be_included_is_reported(
    here: Path, write_module: WriteModule, toy_family: type[Registrable], name: str, message: str
) -> None:
    write_module(here / "good_pack" / "__init__.py")
    write_module(here / "broken_file.py", more="1 / 0")
    write_module(here / "broken_pack" / "__init__.py")
    write_module(here / "broken_pack" / "inner.py", more="def (")
    write_module(here / "needy_pack" / "__init__.py", more="import nowhere_to_be_found")
    with pytest.raises(ConfigurationError) as caught:
        include_package(name)
    assert_message(caught.value, message)
    assert "broken_file" not in sys.modules


def test_a_duplicate_name_in_a_package_is_reported(
    here: Path, write_module: WriteModule, toy_family: type[Registrable]
) -> None:
    write_module(here / "twice_pack" / "__init__.py", "same")
    write_module(here / "twice_pack" / "inner.py", "same")
    with pytest.raises(
        ConfigurationError, match="'same' is already registered for ToyFamily: by twice_pack.ToyComponent, and now by"
    ):
        include_package("twice_pack")


def test_an_included_module_may_import_its_neighbours(
    here: Path, write_module: WriteModule, toy_family: type[Registrable]
) -> None:
    write_module(here / "mine.py", "mine", more="import helper_of_mine, later_pack")
    write_module(here / "helper_of_mine.py", more="import helper_of_helper")
    write_module(here / "helper_of_helper.py")
    write_module(here / "later_pack" / "__init__.py", "later")
    include_packages(["mine", "later_pack"])
    assert toy_family.list_available() == ["later", "mine"]


def test_an_included_file_may_import_its_neighbours_and_the_working_directory(
    here: Path, write_module: WriteModule, toy_family: type[Registrable]
) -> None:
    write_module(here / "ext" / "mine.py", "mine", more="import beside_mine, at_home")
    write_module(here / "ext" / "beside_mine.py")
    write_module(here / "at_home.py")
    include_package("ext/mine.py")
    assert toy_family.list_available() == ["mine"]


@pytest.mark.parametrize("name", ["mine", "mine.py", "mine_pack", "./mine_pack"])
def test_modules_of_the_working_directory_do_not_replace_others(
    here: Path, write_module: WriteModule, toy_family: type[Registrable], name: str
) -> None:
    # Neither an installed module, nor an optional dependency that another library tries to import.
    for planted in ("json", "wave", "tabnanny", "optional_dependency"):
        (here / f"{planted}.py").write_text("raise AssertionError('planted')\n")
    library = here / "installed"
    write_module(library / "a_library.py", more="try:\n    import optional_dependency\nexcept ImportError:\n    pass")
    sys.path.append(str(library))
    write_module(here / "mine.py", "mine", more="import json, wave, tabnanny, a_library")
    write_module(here / "mine_pack" / "__init__.py", "mine", more="import json, wave, tabnanny, a_library")
    for module in ("wave", "tabnanny"):
        sys.modules.pop(module, None)
    include_package(name)
    assert toy_family.list_available() == ["mine"]
    assert importlib.util.find_spec("optional_dependency") is None
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("optional_dependency")
    assert str(here) not in sys.path


def test_a_name_both_installed_and_in_the_working_directory_is_refused(here: Path, write_module: WriteModule) -> None:
    (here / "wave.py").write_text("raise AssertionError('planted')\n")
    (here / "difflib").mkdir()
    write_module(here / "optparse" / "__init__.py", more="raise AssertionError('planted')")
    with pytest.raises(ConfigurationError, match="'wave' is an installed package and also .*wave.py. rename .*wave.py"):
        include_package("wave")
    with pytest.raises(ConfigurationError, match="'optparse' is an installed package and also .*optparse/__init__.py"):
        include_package("./optparse")
    # The folder difflib has no module, so that the name means the installed one.
    include_package("difflib")
    assert sys.modules["difflib"].__file__ != str(here / "difflib")


def test_included_sources_and_require_included(here: Path, write_module: WriteModule) -> None:
    write_module(here / "mine.py")
    write_module(here / "pack" / "__init__.py")
    write_module(here / "pack" / "inner.py")
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


def test_a_name_is_looked_up_in_a_given_folder(
    here: Path, write_module: WriteModule, toy_family: type[Registrable]
) -> None:
    write_module(here / "far" / "mine.py", "far", more="import beside")
    write_module(here / "far" / "beside.py")
    with pytest.raises(ConfigurationError, match="there is no module 'mine'"):
        include_package("mine")
    include_package("mine", here / "far")
    assert toy_family.list_available() == ["far"]
