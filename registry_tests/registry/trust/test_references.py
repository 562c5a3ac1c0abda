"""Dotted names in a config: they refer only to classes and functions of packages that the user trusts."""

from __future__ import annotations

import importlib.metadata
import os
import sys
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path, PosixPath
from types import ModuleType
from typing import Annotated, Any

import pytest

from spanreg.registry import (
    AllowImports,
    ConfigurationError,
    FromParams,
    Lazy,
    Params,
    Registrable,
    include_package,
    plan_params,
)
from spanreg.registry.planning.plan import PlanContext, plan_value
from spanreg.registry.trust.references import is_trusted

WriteModule = Callable[..., None]
LEAVE_FILE = "import pathlib\npathlib.Path('imported').touch()"


class Sound(Registrable):
    pass


class Band(FromParams):
    def __init__(
        self,
        sound: Sound | None = None,
        sounds: list[Lazy[Sound]] | None = None,
        function: Callable[..., Any] | None = None,
        cls: type[Sound] | None = None,
        path: type[Path] | None = None,
        ours: Annotated[type[Path], AllowImports(("allowed_pack",))] | None = None,
    ) -> None:
        self.value = sound or sounds or function or cls or path or ours


CONFIGS_BY_NAME: list[Callable[[str], dict[str, Any]]] = [
    lambda name: {"sound": name},
    lambda name: {"sound": {"type": name, "command": "touch called"}},
    lambda name: {"sounds": [{"type": name, "command": "touch called"}]},
    lambda name: {"function": name},
    lambda name: {"cls": name},
    lambda name: {"path": name},
    lambda name: {"ours": name},
]
HOSTILE = (
    "os.system",
    "posix.system",
    "subprocess.Popen",
    "subprocess.check_output",
    "builtins.exec",
    "builtins.object",
    "importlib.import_module",
    "runpy.run_path",
    "planted.Sound",
    "planted.sub.Sound",
    "planted.Sound.made",
    "planted_pack.planted.Sound",
    "antigravity.webbrowser.open",
    f"{__name__}.sys.modules",
    f"{__name__}.Sound.from_params",
    f"{__name__}.Sound.register",
    f"{__name__}.importlib.metadata.version",
)


FUNCTION_OF_OS = Annotated[Callable[..., Any], AllowImports(("os",))]
NOT_INCLUDED = "'{}' is in a package that is not included. if you trust that package, add --include-package {}"


@pytest.mark.parametrize(
    ("annotation", "name", "found"),
    [
        (type[Path], "pathlib.PosixPath", PosixPath),
        (Annotated[type, AllowImports(("collections",))], "collections.OrderedDict", OrderedDict),
        (Annotated[Callable[..., Any], AllowImports(("os", "posixpath"))], "os.path.basename", os.path.basename),
        (Annotated[Callable[..., Any], AllowImports(("pathlib",))], "pathlib.Path.cwd", Path.cwd),
    ],
)
def test_names_that_the_annotation_allows_are_resolved(annotation: Any, name: str, found: Any) -> None:
    assert plan_value(annotation, name, PlanContext()).construct({}) == found


@pytest.mark.parametrize(
    ("annotation", "name", "message"),
    [
        (type[Path], "pathlib.PurePath", "'pathlib.PurePath' is not a subclass of Path. name a subclass of Path "),
        (type[Path], "os.system", "'os.system' is not a subclass of Path. "),
        (type[Path], "posixpath", "'posixpath' is not a dotted name. write it as package.module.Name"),
        (type, "collections.OrderedDict", NOT_INCLUDED.format("collections.OrderedDict", "collections")),
        (type[object], "subprocess.Popen", NOT_INCLUDED.format("subprocess.Popen", "subprocess")),
        (type[Path | Sound], "pathlib.Path", NOT_INCLUDED.format("pathlib.Path", "pathlib")),
        (Callable, "os.system", NOT_INCLUDED.format("os.system", "os")),
        (Callable, "no_such_module.x", NOT_INCLUDED.format("no_such_module.x", "no_such_module")),
        (FUNCTION_OF_OS, "os.path.basenam", "'os.path.basenam' does not exist: no 'basenam' in "),
        (FUNCTION_OF_OS, "os.sep", "'os.sep' cannot be called. name a class or a function"),
        (
            FUNCTION_OF_OS,
            "os.path.basename",
            "'os.path.basename' is defined outside that package, in 'posixpath'. name ",
        ),
        (
            FUNCTION_OF_OS,
            "os.abc.ABC",
            "'os.abc.ABC' refers through 'abc', a module that is only imported there. use the ",
        ),
        (Annotated[type, AllowImports(("os",))], "os.getenv", "'os.getenv' is not a class. name a class"),
    ],
)
def test_names_that_the_annotation_does_not_allow_are_refused(annotation: Any, name: str, message: str) -> None:
    context = PlanContext()
    plan_value(annotation, name, context)
    [problem] = context.problems
    assert str(problem).startswith(message)


@pytest.fixture
def planted(here: Path) -> Path:
    """Return a working directory, on the module path, with modules that write a file when they are imported."""
    for file in ("planted.py", "planted_pack/__init__.py", "planted_pack/planted.py"):
        (here / file).parent.mkdir(exist_ok=True)
        (here / file).write_text(f"{LEAVE_FILE}\nclass Sound:\n    pass\n")
    sys.path.insert(0, str(here))
    return here


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_refused_without_an_import_or_a_call(planted: Path, name: str) -> None:
    before = {*planted.iterdir()}
    for config_of in CONFIGS_BY_NAME:
        config = config_of(name)
        plan = plan_params(Band, Params(config))
        assert plan.problems, config
        assert not any(problem.only_to_run for problem in plan.problems)
        with pytest.raises(ConfigurationError):
            Band.from_params(Params(config))
    for find in (Sound.by_name, Sound.resolve_class_name, Sound.find):
        with pytest.raises(ConfigurationError):
            find(name)
    assert {*planted.iterdir()} == before
    assert not {"antigravity", "planted", "planted_pack"} & {*sys.modules}


def test_a_module_with_lazy_attributes_is_refused_as_not_included(monkeypatch: pytest.MonkeyPatch) -> None:
    class LazyModule(ModuleType):
        def __getattr__(self, name: str) -> Any:
            raise AttributeError(name)

    monkeypatch.setitem(sys.modules, "on_demand", LazyModule("on_demand"))
    [problem] = plan_params(Band, {"sound": "on_demand.Sound"}).problems
    assert str(problem).startswith("sound: 'on_demand.Sound' is in a package that is not included. ")


def test_the_error_names_the_option_that_includes_the_package(planted: Path) -> None:
    problems = plan_params(Band, {"sound": "planted.Sound", "function": "os.system", "path": "planted.Path"}).problems
    assert list(map(str, problems)) == [
        "sound: 'planted.Sound' is in a package that is not included. "
        "if you trust that package, add --include-package planted",
        "function: 'os.system' is in a package that is not included. "
        "if you trust that package, add --include-package os",
        "path: 'planted.Path' is in a package that is not included. "
        "if you trust that package, add --include-package planted",
    ]


OWN_MODULE = f"""
Sound = sys.modules[{__name__!r}].Sound
from os import getcwd, system
from pathlib import PosixPath
import os

class Loud(Sound):
    pass

class Place(PosixPath):
    pass

def shout():
    pass
"""


@pytest.fixture
def own_module(here: Path, write_module: WriteModule) -> None:
    """Write the module ``own``, which can be imported, but is not included."""
    write_module(here / "own.py", more=OWN_MODULE)
    sys.path.insert(0, str(here))


def build_name(**config: Any) -> Any:
    """Return the name of the class or function that a band gets from a config."""
    value = Band.from_params(Params(config)).value
    return getattr(value, "__name__", type(value).__name__)


def check_own_module() -> None:
    """Assert that configs may name what ``own`` defines and path classes, but no functions that it imports."""
    assert build_name(sound="own.Loud") == "Loud"
    assert build_name(cls="own.Loud") == "Loud"
    assert build_name(path="own.Place") == "Place"
    assert build_name(path="own.PosixPath") == "PosixPath"
    assert build_name(function="own.shout") == "shout"
    assert build_name(function="own.Loud") == "Loud"
    for name in ("own.system", "own.getcwd", "own.os.system", "own.os.path.join"):
        for key in ("sound", "function", "cls", "path"):
            with pytest.raises(ConfigurationError):
                build_name(**{key: name})


def test_names_of_an_included_package_are_trusted(own_module: None) -> None:
    include_package("own")
    check_own_module()


def test_the_main_module_of_a_plugin_is_not_imported(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "own_pack").mkdir()
    (here / "own_pack" / "__init__.py").touch()
    (here / "own_pack" / "__main__.py").write_text(LEAVE_FILE)
    sys.path.insert(0, str(here))
    point = importlib.metadata.EntryPoint("own", "own_pack", "spanreg.components")
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: [point])
    with pytest.raises(ConfigurationError, match="'own_pack.__main__.Loud' is not a dotted name"):
        build_name(sound="own_pack.__main__.Loud")
    assert not (here / "imported").exists()


def test_names_of_a_plugin_are_trusted(own_module: None, monkeypatch: pytest.MonkeyPatch) -> None:
    point = importlib.metadata.EntryPoint("own", "own", "spanreg.components")
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: [point])
    check_own_module()


@pytest.mark.parametrize("allowed", ["own", ["other", "own"]])
def test_names_of_packages_in_allow_imports_are_trusted(own_module: None, allowed: Any) -> None:
    for config in ({"sound": "own.Loud"}, {"function": "own.shout"}, {"cls": "own.Loud"}, {"path": "own.Place"}):
        with pytest.raises(ConfigurationError, match="add --include-package own"):
            Band.from_params(Params(config))
        assert "own" not in sys.modules
        assert Band.from_params(Params(config), allow_imports=allowed).value
        del sys.modules["own"]
    with pytest.raises(ConfigurationError, match="'os.system' is not a subclass of Sound"):
        Band.from_params(Params({"sound": "os.system"}), allow_imports=["os", "own"])


def test_only_the_included_package_is_trusted(own_module: None, here: Path, write_module: WriteModule) -> None:
    write_module(here / "own_other.py")
    include_package("own")
    assert is_trusted("own.Loud")
    assert not is_trusted("own_other.Loud")
    assert not is_trusted("own")


def test_a_class_known_by_its_source_is_imported_only_when_constructed(here: Path) -> None:
    # A check does not need its package included: the problem concerns only a run.
    sys.path.insert(0, str(here))
    for pack in ("allowed_pack", "other_pack"):
        (here / pack).mkdir()
        (here / pack / "__init__.py").write_text("from .inner import Place as Room\n")
        (here / pack / "inner.py").write_text("import pathlib\nclass Place(pathlib.PosixPath): ...\nclass No: ...\n")
    plan = plan_params(Band, {"ours": "allowed_pack.Room"})
    assert not plan.problems
    assert "allowed_pack" not in sys.modules
    assert plan.construct().value.__name__ == "Place"
    [problem] = plan_params(Band, {"ours": "other_pack.Room"}).problems
    assert problem.only_to_run
    assert str(problem).endswith("if you trust that package, add --include-package other_pack")
    with pytest.raises(ConfigurationError):
        Band.from_params({"ours": "other_pack.Room"})
    for name, only_to_run in (("allowed_pack.inner.No", False), ("other_pack.inner.No", False)):
        assert [problem.only_to_run for problem in plan_params(Band, {"ours": name}).problems] == [only_to_run]
    assert "other_pack" not in sys.modules
