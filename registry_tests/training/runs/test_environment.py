"""The record of where a run came from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spanreg.training.runs.environment import PACKAGES, describe_environment


def test_it_is_plain_json_without_names_of_machines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    command = ["train", str(tmp_path / "a.jsonnet"), "-s", str(Path.home() / "runs" / "a"), "--set", "seed=1"]
    described = describe_environment(command)
    assert described["command"] == ["spanreg", "train", "./a.jsonnet", "-s", "~/runs/a", "--set", "seed=1"]
    text = json.dumps(described)
    assert str(tmp_path) not in text
    assert str(Path.home()) not in text.replace(str(tmp_path), "") or Path.home() == Path("/")
    assert set(described["packages"]) == set(PACKAGES)


def test_paths_of_a_machine_are_shortened_everywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    home, here = tmp_path / "home", tmp_path / "work"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(home))
    command = ["--set", f"data.path={here}/glue", "-o", f'{{"a": "{home}/x"}}', f"{here}x", f"{home}-else"]
    expected = ["--set", "data.path=./glue", "-o", '{"a": "~/x"}', f"{here}x", f"{home}-else"]
    assert describe_environment(command)["command"][1:] == expected
