"""Components of installed plug-ins are found, and broken plug-ins are reported."""

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

Write = Callable[..., None]


def test_a_component_that_was_not_included_is_found(here: Path, write: Write, plug: type[Registrable]) -> None:
    write(here / "my_pack" / "shapes" / "__init__.py")
    write(here / "my_pack" / "shapes" / "round.py", "ball")
    with pytest.raises(ConfigurationError) as caught:
        plug.from_params(Params({"type": "ball"}))
    assert str(caught.value) == (
        "type: 'ball' is not registered for Plug. no Plug is registered; 'ball' is registered in "
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
    ("more", "said"),
    [
        ("Plug.register('taken')(type('Other', (Plug,), {}))", "(ConfigurationError: 'taken' is already registered"),
        ("raise ValueError('a mistake', 'of its author')", "(ValueError: ('a mistake', 'of its author'))"),
        ("sys.exit('not on this machine')", "(SystemExit: not on this machine)"),
        ("def f(:", "(SyntaxError: invalid syntax"),
    ],
)
def test_a_plugin_that_fails_is_left_out(
    here: Path,
    write: Write,
    plug: type[Registrable],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    more: str,
    said: str,
) -> None:
    sys.path.insert(0, str(here))
    plug.register("taken")(type("First", (plug,), {}))
    write(here / "failing_plugin.py", more=more)
    write(here / "sound_plugin.py", "sound")
    offer(monkeypatch, Point("failing", "failing_plugin"), Point("sound", "sound_plugin"))
    assert plug.list_available() == ["taken", "sound"]
    [warning] = caplog.messages
    assert warning.startswith(f"the entry point 'failing' of an installed package fails {said}")
    assert warning.endswith("update or uninstall the package")


def test_a_slow_plugin_is_named(
    here: Path,
    write: Write,
    plug: type[Registrable],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sys.path.insert(0, str(here))
    write(here / "slow_plugin.py", "slow")
    offer(monkeypatch, Point("slow", "slow_plugin"))
    monkeypatch.setattr(plugins, "PATIENCE", -1.0)
    assert plug.list_available() == ["slow"]
    assert re.fullmatch(r"the entry point 'slow' of an installed package takes \d\.\d s to import", caplog.messages[0])


@pytest.fixture
def plugged(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine with a sound plug-in, a damaged one, and one that takes ten seconds to import."""
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


def test_commands_that_need_no_plugin_import_none(plugged: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "config.jsonnet").write_text("{ data: 'demo', encoder: 'tiny', aggregator: 'max_pool' }")
    program = (
        "import sys; from spanreg.cli.main import main; sys.exit(main(['--help']) or main(['check', sys.argv[1]]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "config.jsonnet"],
        cwd=tmp_path, env=plugged, capture_output=True, text=True, check=False, timeout=9,
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
def test_metadata_is_not_read_where_no_package_names_the_group(
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


def test_a_damaged_list_of_entry_points_hides_no_other(plugged: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "slow_module.py").write_text("")
    done = subprocess.run(
        [sys.executable, "-m", "spanreg", "list", "scorer"],
        cwd=tmp_path, env=plugged, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "\nscorer\tsound\t" in done.stdout
    [warning] = done.stderr.splitlines()
    assert "the entry point 'absent' of absent fails (ModuleNotFoundError: No module named 'no_such_module')" in warning


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
