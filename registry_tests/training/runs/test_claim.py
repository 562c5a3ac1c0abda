"""Mistakes in the run folder are reported before the data are read."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spanreg.data.demo import DemoReader
from spanreg.registry import ConfigurationError, Params
from spanreg.storage import locked
from spanreg.training.runs.claim import claim_run
from spanreg.training.runs.layout import LOCK
from spanreg.training.runs.session import RunSession
from spanreg.training.train import train

CONFIG: dict[str, Any] = {"data": {"type": "demo"}, "encoder": {"type": "tiny"}, "training": {"epochs": 3}}


def write_foreign_file(path: Path) -> None:
    path.mkdir()
    (path / "thesis.tex").write_text("precious")


def write_stopped_run(path: Path, **changes: Any) -> None:
    with claim_run(path, {**CONFIG, **changes}) as run:
        run.start_training()
    RunSession(path).mark("interrupted")


def write_finished_run(path: Path) -> None:
    with claim_run(path, {**CONFIG, "training": {"epochs": 2}}) as run:
        run.start_training()
        run.write("metrics", {"splits": {}})


def write_damaged_state(path: Path) -> None:
    write_stopped_run(path)
    (path / "status.json").write_text("{")


CASES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a file": (Path.touch, "is a file. name a folder with -s"),
    "files of another program": (write_foreign_file, "contains files that are not a run's"),
    "a stopped run of another config": (lambda path: write_stopped_run(path, seed=7), "has a run of another config"),
    "a damaged state": (write_damaged_state, "it does not hold the state of a run"),
    "a finished run without a checkpoint": (write_finished_run, "has kept no checkpoint to continue from"),
    "a file in the place of a folder above": (lambda path: path.parent.touch(), "Not a directory"),
}


@pytest.fixture
def no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail the test if the names of the splits are read, which may need the data."""

    def refuse(self: DemoReader) -> list[str]:
        pytest.fail("the splits were read before the folder was checked")

    monkeypatch.setattr(DemoReader, "evaluation_splits", refuse)


def error_message(path: Path, **options: bool) -> str:
    """Return the message with which a training rejects the folder."""
    with pytest.raises(ConfigurationError) as caught:
        train(Params(CONFIG), path, **options)
    return str(caught.value)


@pytest.mark.usefixtures("no_data")
@pytest.mark.parametrize("case", CASES)
def test_a_wrong_folder_is_reported_before_data_are_read(tmp_path: Path, case: str) -> None:
    make, expected = CASES[case]
    folder = tmp_path / "runs"
    path = folder / "run"
    if "above" not in case:
        folder.mkdir()
    make(path)
    before = sorted(entry.name for entry in tmp_path.rglob("*"))
    assert expected in error_message(path)
    assert sorted(entry.name for entry in tmp_path.rglob("*")) == before  # nothing is written either


@pytest.mark.usefixtures("no_data")
@pytest.mark.parametrize("options", [{}, {"restart": True}, {"force": True}, {"repair": True}])
def test_a_folder_in_use_is_reported_before_data_are_read(tmp_path: Path, options: dict[str, bool]) -> None:
    write_stopped_run(tmp_path / "run")
    with locked(tmp_path / "run" / LOCK):
        assert error_message(tmp_path / "run", **options).startswith("another process is training into")


@pytest.mark.parametrize("options", [{"force": True}, {"repair": True}])
def test_a_run_that_may_be_replaced_is_no_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, bool]
) -> None:
    def reached(self: DemoReader) -> list[str]:
        raise ConfigurationError("the splits are read")

    monkeypatch.setattr(DemoReader, "evaluation_splits", reached)
    write_stopped_run(tmp_path / "run", seed=7)
    assert "the splits are read" in error_message(tmp_path / "run", **options)
    shutil.rmtree(tmp_path / "run")
    assert "the splits are read" in error_message(tmp_path / "run", **options)
    assert not (tmp_path / "run").exists()
