"""Installed plug-ins: their components are found, and broken plug-ins are reported."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.machinery import PathFinder
from importlib.metadata import DistributionFinder, MetadataPathFinder
from pathlib import Path
from typing import Any

import pytest

from spanreg.registry import ConfigurationError, Params, Registrable, include_package
from spanreg.registry.trust import plugins, references

WriteModule = Callable[..., None]


def test_the_file_of_a_component_that_is_not_included_is_suggested(
    here: Path, write_module: WriteModule, toy_family: type[Registrable]
) -> None:
    write_module(here / "my_pack" / "shapes" / "__init__.py")
    write_module(here / "my_pack" / "shapes" / "round.py", "ball")
    with pytest.raises(ConfigurationError) as caught:
        toy_family.from_params(Params({"type": "ball"}))
    assert str(caught.value) == (
        "type: 'ball' is not registered for ToyFamily. no ToyFamily is registered; 'ball' is registered in "
        f"{os.path.join('my_pack', 'shapes', 'round.py')}: add --include-package my_pack.shapes"
    )
    include_package("my_pack.shapes.round")
    assert type(toy_family.from_params(Params({"type": "ball"}))).__name__ == "ToyComponent"


def test_files_that_cannot_be_read_are_not_searched(
    here: Path, write_module: WriteModule, toy_family: type[Registrable], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_module(here / "a_locked.py", "ball")
    write_module(here / "round.py", "ball")
    open_file = os.open

    def open_unlocked(file: Any, *arguments: Any, **options: Any) -> int:
        if os.fspath(file).endswith("a_locked.py"):
            raise PermissionError(file)
        return open_file(file, *arguments, **options)

    monkeypatch.setattr(os, "open", open_unlocked)
    with pytest.raises(ConfigurationError, match=r"'ball' is registered in round\.py: add --include-package round"):
        toy_family.from_params(Params({"type": "ball"}))


def test_a_removed_working_directory_is_not_searched(
    tmp_path: Path, toy_family: type[Registrable], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(ConfigurationError, match=r"^type: 'ball' is not registered .* include your own component"):
        toy_family.from_params(Params({"type": "ball"}))


class FakeEntryPoint:
    """Entry point with the interface of ``importlib.metadata``; its value is the name of a module."""

    dist = None

    def __init__(self, name: str, value: str) -> None:
        self.name, self.value = name, value

    def load(self) -> Any:
        return importlib.import_module(self.value)


def install_entry_points(monkeypatch: pytest.MonkeyPatch, *points: FakeEntryPoint) -> None:
    """Make ``importlib.metadata`` return entry points, as if packages with plug-ins were installed."""

    def entry_points(group: str) -> list[FakeEntryPoint]:
        return list(points) if group == "spanreg.components" else []

    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)


def test_a_plugin_registers_its_components(
    here: Path, write_module: WriteModule, toy_family: type[Registrable], monkeypatch: pytest.MonkeyPatch
) -> None:
    sys.path.insert(0, str(here))
    write_module(here / "installed_pack.py", "installed", more="ToyFamily.list_available()")
    install_entry_points(monkeypatch, FakeEntryPoint("installed", "installed_pack"))
    assert toy_family.by_name("installed").__module__ == "installed_pack"
    assert toy_family.list_available() == ["installed"]


def test_a_broken_plugin_is_reported_where_a_name_is_unknown(
    here: Path, write_module: WriteModule, toy_family: type[Registrable], monkeypatch: pytest.MonkeyPatch
) -> None:
    sys.path.insert(0, str(here))
    write_module(here / "broken_plugin.py", more="import nowhere_to_be_found")
    install_entry_points(monkeypatch, FakeEntryPoint("shiny", "broken_plugin"))
    assert toy_family.list_available() == []
    for name in ("shiny", "other"):
        with pytest.raises(ConfigurationError, match=r"the entry point 'shiny' of an installed package fails \(Module"):
            toy_family.by_name(name)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            "ToyFamily.register('taken')(type('Other', (ToyFamily,), {}))",
            "(ConfigurationError: 'taken' is already registered",
        ),
        ("raise ValueError('a mistake', 'of its author')", "(ValueError: ('a mistake', 'of its author'))"),
        ("sys.exit('not on this machine')", "(SystemExit: not on this machine)"),
        ("def f(:", "(SyntaxError: invalid syntax"),
    ],
)
def test_a_plugin_that_fails_is_skipped_with_a_warning(
    here: Path,
    write_module: WriteModule,
    toy_family: type[Registrable],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    more: str,
    message: str,
) -> None:
    sys.path.insert(0, str(here))
    toy_family.register("taken")(type("First", (toy_family,), {}))
    write_module(here / "failing_plugin.py", more=more)
    write_module(here / "sound_plugin.py", "sound")
    install_entry_points(
        monkeypatch, FakeEntryPoint("failing", "failing_plugin"), FakeEntryPoint("sound", "sound_plugin")
    )
    assert toy_family.list_available() == ["taken", "sound"]
    [warning] = caplog.messages
    assert warning.startswith(f"the entry point 'failing' of an installed package fails {message}")
    assert warning.endswith("update or uninstall the package")


def test_a_slow_plugin_gets_a_warning(
    here: Path,
    write_module: WriteModule,
    toy_family: type[Registrable],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sys.path.insert(0, str(here))
    write_module(here / "slow_plugin.py", "slow")
    install_entry_points(monkeypatch, FakeEntryPoint("slow", "slow_plugin"))
    # Any time is too long, so that the test need not wait.
    monkeypatch.setattr(plugins, "PATIENCE", -1.0)
    assert toy_family.list_available() == ["slow"]
    assert re.fullmatch(r"the entry point 'slow' of an installed package takes \d\.\d s to import", caplog.messages[0])


@pytest.fixture
def plugin_environment(tmp_path: Path) -> dict[str, str]:
    """Return environment variables with which Python finds a valid plug-in, two broken ones and a slow one."""
    for name, points in {
        "sound": "[spanreg.components]\nsound = sound_module",
        "damaged": "[spanreg.components]\nno equals sign",
        "absent": "[spanreg.components]\nabsent = no_such_module",
        "slow": "[spanreg.components]\nslow = slow_module",
    }.items():
        folder = tmp_path / f"{name}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (folder / "entry_points.txt").write_text(points + "\n")
    register = "from spanreg.scorers.base import Scorer\nScorer.register('{0}')(type('{0}', (Scorer,), {{}}))\n"
    (tmp_path / "sound_module.py").write_text(register.format("sound"))
    (tmp_path / "slow_module.py").write_text("import time\ntime.sleep(10)\n" + register.format("slow"))
    root = str(Path(__file__).parents[3])
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), root])}


def test_commands_that_need_no_plugins_do_not_import_them(plugin_environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "config.jsonnet").write_text("{ data: 'demo', encoder: 'tiny', aggregator: 'max_pool' }")
    program = (
        "import sys; from spanreg.cli.main import main; sys.exit(main(['--help']) or main(['check', sys.argv[1]]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "config.jsonnet"],
        cwd=tmp_path, env=plugin_environment, capture_output=True, text=True, check=False,
        timeout=9,  # below the ten seconds that the slow plug-in takes to import
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("config.jsonnet: no problems\n")


@pytest.mark.parametrize(
    ("name", "points", "expected"),
    [
        ("mine-1.0.dist-info", "[spanreg.components]\nmine = mine", True),
        ("mine.egg-info", "[spanreg.components]\nmine = mine", True),
        ("mine-1.0.dist-info", "[console_scripts]\nmine = mine", False),
        ("mine-1.0.dist-info", None, False),
        ("mine", "[spanreg.components]\nmine = mine", False),
    ],
)
def test_metadata_is_read_only_if_a_package_may_have_plugins(
    name: str, points: str | None, expected: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).mkdir()
    if points is not None:
        (tmp_path / name / "entry_points.txt").write_text(points)
    monkeypatch.setattr(sys, "meta_path", [PathFinder])
    monkeypatch.setattr(sys, "path", ["/no/such/folder", str(tmp_path)])
    assert references._may_have_plugins() is expected
    # Not by entry_points(): the package importlib_metadata, where it is imported, takes this finder out of use.
    packages = MetadataPathFinder.find_distributions(DistributionFinder.Context(path=[str(tmp_path)]))
    points_found = [
        point.name for package in packages for point in package.entry_points.select(group=references.ENTRY_POINT_GROUP)
    ]
    assert points_found == ["mine"] * expected
    # An archive, or a finder of another package, may have more than these folders show.
    monkeypatch.setattr(sys, "path", [__file__])
    assert references._may_have_plugins()


def test_a_damaged_list_of_entry_points_does_not_hide_other_plugins(
    plugin_environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "slow_module.py").write_text("")
    done = subprocess.run(
        [sys.executable, "-m", "spanreg", "list", "scorer"],
        cwd=tmp_path, env=plugin_environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "\nscorer\tsound\t" in done.stdout
    [warning] = done.stderr.splitlines()
    assert "the entry point 'absent' of absent fails (ModuleNotFoundError: No module named 'no_such_module')" in warning


@pytest.mark.parametrize(
    ("file", "packages", "suggested"),
    [
        ("mine.py", [], "mine"),
        ("mine/parts/one.py", ["mine", "mine/parts"], "mine"),
        ("ext/mine/one.py", ["ext/mine"], "ext.mine"),
        ("ext/one.py", [], os.path.join("ext", "one.py")),
    ],
)
def test_the_suggested_package_matches_the_place_of_the_file(
    here: Path, write_module: WriteModule, toy_family: type[Registrable], file: str, packages: list[str], suggested: str
) -> None:
    for package in packages:
        write_module(here / package / "__init__.py")
    write_module(here / file, "ball")
    with pytest.raises(ConfigurationError, match=f"add --include-package {re.escape(suggested)}$"):
        toy_family.from_params(Params({"type": "ball"}))
