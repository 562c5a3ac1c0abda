"""``describe_environment``: command, packages and machine of a run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spanreg.training.runs.environment import PACKAGES, describe_environment


def test_the_environment_is_json_without_paths_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    command = ["train", str(tmp_path / "a.jsonnet"), "-s", str(Path.home() / "runs" / "a"), "--set", "seed=1"]
    described = describe_environment(command)
    assert described["command"] == ["spanreg", "train", "./a.jsonnet", "-s", "~/runs/a", "--set", "seed=1"]
    text = json.dumps(described)
    assert str(tmp_path) not in text
    assert str(Path.home()) not in text or Path.home() == Path("/")  # every path starts with the home "/"
    assert set(described["packages"]) == set(PACKAGES)


def test_paths_in_the_command_are_relative_to_working_directory_or_home(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home, work = tmp_path / "home", tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("HOME", str(home))
    command = ["--set", f"data.path={work}/glue", "-o", f'{{"a": "{home}/x"}}', f"{work}x", f"{home}-else"]
    expected = ["--set", "data.path=./glue", "-o", '{"a": "~/x"}', f"{work}x", f"{home}-else"]
    assert describe_environment(command)["command"][1:] == expected
