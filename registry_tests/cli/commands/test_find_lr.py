"""``spanreg find-lr``: the files that it writes, and the folders that it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spanreg.cli.main import main

CONFIG = """
{
  data: { type: 'demo', limit: 64 },
  encoder: { type: 'tiny', dim: 16, layers: 1 },
  training: { batch_size: 8, max_tokens: 16 },
}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return the file of a small config."""
    path = tmp_path / "tiny.jsonnet"
    path.write_text(CONFIG)
    return path


def test_the_curve_is_printed_and_written_with_a_picture(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "curve"
    sweep = ["--steps", "10", "--start", "1e-5", "--end", "1e-1"]
    assert main(["find-lr", str(config), "-s", str(folder), *sweep, "--json", "-q"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert json.loads((folder / "learning_rate.json").read_text()) == found
    assert [point["step"] for point in found["points"]] == list(range(1, 11))
    assert (folder / "learning_rate.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(path.name for path in folder.iterdir()) == ["learning_rate.json", "learning_rate.png"]


def test_without_matplotlib_no_picture_is_written(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spanreg.cli.commands.find_lr.has_package", lambda name: False)
    folder = tmp_path / "curve"
    assert main(["find-lr", str(config), "-s", str(folder), "--steps", "10", "--end", "1e-6", "-q"]) == 0
    assert [path.name for path in folder.iterdir()] == ["learning_rate.json"]
    assert capsys.readouterr().out.splitlines()[-1] == f"written: {folder / 'learning_rate.json'}"


def test_a_run_folder_is_refused_and_unchanged(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "status.json").write_text("{}")
    assert main(["find-lr", str(config), "-s", str(tmp_path / "run")]) == 2
    assert capsys.readouterr().err == f"{tmp_path / 'run'} is a run folder. name another folder with -s\n"
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["status.json"]
