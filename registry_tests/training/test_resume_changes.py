"""Resume a run with another config, changed data, or more steps.

The config of ``make_config`` trains for 8 steps: two epochs of four steps, with a checkpoint after each epoch.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from registry_tests.training.interruptions import hash_of_weights, interrupt, raise_error
from spanreg.data.demo import DemoReader
from spanreg.registry import ConfigurationError, Params
from spanreg.storage import hash_file
from spanreg.training.runs.layout import RunFolder
from spanreg.training.runs.reader import finished_run
from spanreg.training.train import train

MakeConfig = Callable[..., dict[str, Any]]


def test_another_config_is_rejected_with_every_key_that_differs(make_config: MakeConfig, tmp_path: Path) -> None:
    interrupt(make_config(), tmp_path / "run", 5, raise_error)
    with pytest.raises(ConfigurationError) as caught:
        train(Params(make_config({"learning_rate": 0.5, "log_every": 7}, seed=9)), tmp_path / "run", resume=True)
    assert str(caught.value).splitlines() == [
        f"{tmp_path / 'run'} has a run of another config; the keys that differ, there -> here. name another folder with"
        " -s, or replace the run with --force",
        "seed: 5 -> 9",
        "training.learning_rate: 0.001 -> 0.5",
        "training.log_every: 2 -> 7",
    ]
    assert RunFolder(tmp_path / "run").checkpoints.steps() == [4]


def test_changes_that_do_not_affect_weights_are_logged(finished: Path, make_config: MakeConfig, tmp_path: Path) -> None:
    interrupt(make_config(), tmp_path / "run", 6, raise_error)
    config = make_config({"log_every": 1, "checkpoint_every": 3, "evaluate_every": 5})
    metrics = train(Params(config), tmp_path / "run", resume=True)
    assert hash_of_weights(tmp_path / "run") == hash_of_weights(finished)
    assert [entry["step"] for entry in metrics["curve"]] == [2, 4, 5, 6, 7, 8]
    assert [entry["step"] for entry in metrics["evaluations"]] == [4, 5, 8]
    assert "a key that changes no weight: training.log_every: 2 -> 1" in (tmp_path / "run" / "train.log").read_text()


def test_other_evaluations_are_rejected_with_early_stopping(make_config: MakeConfig, tmp_path: Path) -> None:
    interrupt(make_config({"patience": 2}), tmp_path / "run", 6, raise_error)
    with pytest.raises(ConfigurationError, match="has a run of another config"):
        train(Params(make_config({"patience": 2, "evaluate_every": 5})), tmp_path / "run", resume=True)


def test_more_epochs_are_accepted_with_a_warning(make_config: MakeConfig, tmp_path: Path) -> None:
    interrupt(make_config(), tmp_path / "run", 6, raise_error)
    metrics = train(Params(make_config({"epochs": 3})), tmp_path / "run", resume=True)
    assert metrics["training"]["steps"] == 12
    assert "the run becomes longer" in (tmp_path / "run" / "train.log").read_text()


def test_a_finished_run_with_a_checkpoint_can_be_extended(make_config: MakeConfig, tmp_path: Path) -> None:
    train(Params(make_config({"keep": 1})), tmp_path / "kept")
    assert RunFolder(tmp_path / "kept").checkpoints.steps() == [8]
    metrics = train(Params(make_config({"keep": 1, "epochs": 3})), tmp_path / "kept", resume=True)
    assert metrics["training"]["steps"] == 12


def test_a_finished_run_without_a_checkpoint_cannot_be_extended(make_config: MakeConfig, tmp_path: Path) -> None:
    train(Params(make_config({"max_steps": 1})), tmp_path / "run")
    with pytest.raises(ConfigurationError, match="is finished, and has kept no checkpoint to continue from"):
        train(Params(make_config({"max_steps": 2})), tmp_path / "run", resume=True)
    finished_run(tmp_path / "run")


def test_differences_are_logged_once(make_config: MakeConfig, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    train(Params(make_config({"max_steps": 1, "keep": 1})), tmp_path / "run")
    with caplog.at_level(logging.INFO, "spanreg"):
        train(Params(make_config({"max_steps": 2, "keep": 1, "log_every": 1})), tmp_path / "run", resume=True)
    assert caplog.text.count("a key that changes no weight: training.log_every: 2 -> 1") == 1
    assert caplog.text.count("that changes no weight") == 1
    assert caplog.text.count("the run becomes longer") == 1


def test_differences_are_not_logged_for_a_rejected_run(
    make_config: MakeConfig, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    train(Params(make_config({"max_steps": 1})), tmp_path / "run")
    with caplog.at_level(logging.INFO, "spanreg"), pytest.raises(ConfigurationError, match="kept no checkpoint"):
        train(Params(make_config({"max_steps": 2, "log_every": 1})), tmp_path / "run", resume=True)
    assert "that changes no weight" not in caplog.text
    assert "the run becomes longer" not in caplog.text


def test_training_into_a_finished_run_changes_no_file(finished: Path, make_config: MakeConfig) -> None:
    before = {path: path.stat().st_mtime_ns for path in finished.rglob("*")}
    assert train(Params(make_config()), finished, resume=True) == finished_run(finished).read("metrics")
    assert before == {path: path.stat().st_mtime_ns for path in finished.rglob("*")}
    with pytest.raises(ConfigurationError, match="has a run of another config"):
        train(Params(make_config(seed=8)), finished, resume=True)


@pytest.mark.parametrize("flag", ["resume", "restart", "force"])
@pytest.mark.parametrize("error", [ConfigurationError("the data are gone"), KeyboardInterrupt(), OSError("no network")])
def test_a_finished_run_stays_complete_until_its_successor_starts_training(
    flag: str, error: BaseException, make_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raise_while_assembling(*arguments: Any) -> None:
        raise error

    train(Params(make_config({"keep": 1, "max_steps": 2})), tmp_path / "run")
    before = {path: hash_file(path) for path in (tmp_path / "run").rglob("*") if path.is_file()}
    log = before.pop(tmp_path / "run" / "train.log")
    longer = Params(make_config({"keep": 1, "max_steps": 3}))
    with monkeypatch.context() as patch:
        patch.setattr("spanreg.training.train.assemble", raise_while_assembling)
        with pytest.raises(type(error)):
            train(longer, tmp_path / "run", **{flag: True})
    assert {path: hash_file(path) for path in before} == before
    finished_run(tmp_path / "run")
    assert train(longer, tmp_path / "run", **{flag: True})["training"]["steps"] == 3
    assert hash_file(tmp_path / "run" / "train.log") != log


def change_recorded_fingerprint(run: Path) -> None:
    """Change the fingerprint of the training split in a run folder, as if the data had changed since."""
    data = json.loads((run / "data.json").read_text())
    data["train"]["fingerprint"] = "other"
    (run / "data.json").write_text(json.dumps(data))


def test_changed_data_are_rejected_and_a_finished_run_stays(make_config: MakeConfig, tmp_path: Path) -> None:
    train(Params(make_config({"keep": 1, "max_steps": 2})), tmp_path / "run")
    change_recorded_fingerprint(tmp_path / "run")
    with pytest.raises(ConfigurationError, match="has changed since the run started"):
        train(Params(make_config({"keep": 1, "max_steps": 3})), tmp_path / "run", resume=True)
    finished_run(tmp_path / "run")


def test_changed_data_are_rejected_and_the_checkpoint_stays(make_config: MakeConfig, tmp_path: Path) -> None:
    interrupt(make_config(), tmp_path / "run", 6, raise_error)
    change_recorded_fingerprint(tmp_path / "run")
    with pytest.raises(ConfigurationError) as caught:
        train(Params(make_config()), tmp_path / "run", resume=True)
    assert str(caught.value) == (
        "data: the split 'train' has changed since the run started. restore the data, start over with --restart, or"
        " train into another folder"
    )
    assert RunFolder(tmp_path / "run").checkpoints.steps() == [4]


def test_a_finished_run_is_returned_without_reading_its_data(
    finished: Path, make_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(reader: DemoReader) -> list[str]:
        raise ConfigurationError("the hub cannot be reached")

    monkeypatch.setattr(DemoReader, "splits", unreachable)
    assert train(Params(make_config()), finished) == json.loads((finished / "metrics.json").read_text())
