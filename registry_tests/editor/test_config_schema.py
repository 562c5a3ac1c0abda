"""The cache of schemas: used while no source changes, and never needed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from spanreg.editor import config_schema
from spanreg.editor.config_schema import schema_text
from spanreg.registry import ConfigurationError

Write = Callable[[str], str]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Roots whose schema was written rather than read, with a cache of the test's own."""
    monkeypatch.setenv("SPANREG_CACHE", str(tmp_path / "cache"))
    roots: list[str] = []

    def write(root: str) -> str:
        roots.append(root)
        return json.dumps({"title": root})

    monkeypatch.setattr(config_schema, "_write", write)
    # Other tests register components of their own.
    monkeypatch.setattr(config_schema, "registering_packages", lambda: {"spanreg"})
    return roots


def test_a_schema_is_written_once(written: list[str]) -> None:
    texts = [schema_text("config"), schema_text("config"), schema_text("study")]
    assert written == ["config", "study"]
    assert texts[0] == texts[1] != texts[2]


def test_a_changed_source_file_is_noticed(written: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    plugin = tmp_path / "own_plugin.py"
    plugin.write_text("x = 1")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(config_schema, "plugin_packages", lambda: ["own_plugin", "not_installed"])
    schema_text("config")
    schema_text("config")
    plugin.write_text("x = 12")
    schema_text("config")
    assert len(written) == 2
    assert "own_plugin" not in sys.modules


@pytest.mark.parametrize("content", [b"", b"\xff", b"another digest\n{}"])
def test_a_damaged_cache_is_written_again(written: list[str], tmp_path: Path, content: bytes) -> None:
    text = schema_text("config")
    [file] = (tmp_path / "cache" / "schemas").iterdir()
    file.write_bytes(content)
    assert schema_text("config") == text
    assert schema_text("config") == text
    assert len(written) == 2


def test_a_cache_that_cannot_be_written_is_left_out(written: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spanreg.storage.files.write_text", refuse)
    assert schema_text("config") == schema_text("config")
    assert len(written) == 2


def refuse(*arguments: object) -> None:
    raise ConfigurationError("the disk is full")


def test_components_of_this_process_are_not_cached(
    written: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(config_schema, "registering_packages", lambda: {"spanreg", "notebook"})
    schema_text("config")
    schema_text("config")
    assert len(written) == 2
    assert not (tmp_path / "cache").exists()
