"""The schema cache: used until a source file changes, and optional."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from spanreg.editor import config_schema
from spanreg.editor.config_schema import schema_text
from spanreg.registry import ConfigurationError


@pytest.fixture
def written_roots(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Return a list that collects the roots whose schema is written, rather than read from the test's own cache."""
    monkeypatch.setenv("SPANREG_CACHE", str(tmp_path / "cache"))
    roots: list[str] = []

    def write(root: str) -> str:
        roots.append(root)
        return json.dumps({"title": root})

    # Writing the real schema takes long.
    monkeypatch.setattr(config_schema, "_write", write)
    # Components that other tests have registered would turn the cache off.
    monkeypatch.setattr(config_schema, "registering_packages", lambda: {"spanreg"})
    return roots


def test_each_schema_is_written_once(written_roots: list[str]) -> None:
    texts = [schema_text("config"), schema_text("config"), schema_text("study")]
    assert written_roots == ["config", "study"]
    assert texts[0] == texts[1] != texts[2]


def test_a_changed_source_file_renews_the_cache(
    written_roots: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plugin = tmp_path / "own_plugin.py"
    plugin.write_text("x = 1")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(config_schema, "plugin_packages", lambda: ["own_plugin"])
    schema_text("config")
    schema_text("config")
    plugin.write_text("x = 12")
    schema_text("config")
    assert len(written_roots) == 2
    # Finding the files of a plugin must not import it.
    assert "own_plugin" not in sys.modules


def test_a_plugin_whose_package_is_missing_is_not_looked_for_in_the_working_directory(
    written_roots: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(config_schema, "plugin_packages", lambda: ["not_installed"])
    schema_text("config")
    (tmp_path / "unrelated.py").touch()
    schema_text("config")
    assert written_roots == ["config"]


@pytest.mark.parametrize(
    ("name", "target"), [(".#parts.py", "user@host.123"), ("loop", "loop"), ("loop.py", "loop.py")]
)
def test_links_to_nothing_beside_the_sources_are_skipped(
    written_roots: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, target: str
) -> None:
    plugin = tmp_path / "own_package"
    plugin.mkdir()
    (plugin / "__init__.py").touch()
    (plugin / name).symlink_to(target)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(config_schema, "plugin_packages", lambda: ["own_package"])
    schema_text("config")
    (plugin / "zzz.py").touch()
    schema_text("config")
    assert len(written_roots) == 2


@pytest.mark.parametrize("content", [b"", b"\xff", b"another digest\n{}"])
def test_a_damaged_cache_is_renewed(written_roots: list[str], tmp_path: Path, content: bytes) -> None:
    text = schema_text("config")
    [file] = (tmp_path / "cache" / "schemas").iterdir()
    file.write_bytes(content)
    assert schema_text("config") == text
    assert schema_text("config") == text
    assert len(written_roots) == 2


def test_without_a_writable_cache_schemas_are_still_returned(
    written_roots: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> None:
        raise ConfigurationError("the disk is full")

    monkeypatch.setattr("spanreg.storage.files.write_text", refuse)
    assert schema_text("config") == schema_text("config")
    assert len(written_roots) == 2


def test_schemas_with_components_of_this_process_are_not_cached(
    written_roots: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(config_schema, "registering_packages", lambda: {"spanreg", "notebook"})
    schema_text("config")
    schema_text("config")
    assert len(written_roots) == 2
    assert not (tmp_path / "cache").exists()
