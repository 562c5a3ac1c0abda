"""Run folders: their lock, their state, and the folders in which no run may start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from spanreg.registry import ConfigurationError
from spanreg.training.runs.claim import ExistingRunPolicy, claim_run
from spanreg.training.runs.layout import RunFolder
from spanreg.training.runs.reader import finished_run
from spanreg.training.runs.session import RunSession

CONFIG: dict[str, Any] = {"data": {"type": "demo"}, "training": {"epochs": 3}, "seed": 1}


def write_finished_run(path: Path, config: dict[str, Any] = CONFIG) -> None:
    """Write the folder of a finished run, without training."""
    with claim_run(path, config) as run:
        run.start_training()
        run.write("metrics", {"splits": {}})


def write_failed_run(path: Path, error: BaseException) -> None:
    """Write the folder of a run that ends with the error, and raise it."""
    with claim_run(path, CONFIG) as run:
        run.start_training()
        raise error


def error_message(path: Path, config: dict[str, Any] = CONFIG, policy: ExistingRunPolicy = "resume") -> str:
    """Return the message with which the folder is rejected."""
    with pytest.raises(ConfigurationError) as caught, claim_run(path, config, policy):
        pass
    return str(caught.value)


def test_a_run_that_ends_without_an_error_is_finished(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "one"
    write_finished_run(path)
    run = finished_run(path)
    status = run.status() or {}
    assert status["state"] == "finished"
    assert status["started"] <= status["ended"]
    assert run.read("config") == CONFIG


def test_a_running_run_is_not_finished(tmp_path: Path) -> None:
    with claim_run(tmp_path / "run", CONFIG), pytest.raises(ConfigurationError) as caught:
        finished_run(tmp_path / "run")
    assert "is not finished: it is still running. train it again" in str(caught.value)


def test_a_killed_run_is_reported_as_killed(tmp_path: Path) -> None:
    write_finished_run(tmp_path / "run")
    RunSession(tmp_path / "run").mark("running")  # but no process holds the lock
    with pytest.raises(ConfigurationError, match="is not finished: it was killed"):
        finished_run(tmp_path / "run")


def test_temporary_files_of_a_killed_run_are_removed(tmp_path: Path) -> None:
    write_finished_run(tmp_path / "run")
    RunSession(tmp_path / "run").mark("running")
    (tmp_path / "run" / ".model.abc.part").mkdir()
    (tmp_path / "run" / ".metrics.json.abc.part").write_text("{")
    with claim_run(tmp_path / "run", CONFIG) as run:
        run.make_way(CONFIG)
        names = {entry.name for entry in (tmp_path / "run").iterdir()}
    assert names == {".lock", "status.json", "config.json", "config.resolved.json", "train.log"}


def test_a_folder_in_use_is_rejected(tmp_path: Path) -> None:
    with claim_run(tmp_path / "run", CONFIG):
        message = error_message(tmp_path / "run", policy="replace")
    assert message == (
        f"another process is training into {tmp_path / 'run'}. wait for it, or name another folder with -s"
    )


def test_a_folder_with_other_files_is_rejected_even_by_force(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    assert "contains files that are not a run's" in error_message(tmp_path, policy="replace")
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("policy", ["resume", "replace"])
@pytest.mark.parametrize("name", ["config.json", "model/weights.bin", "predictions/old.jsonl", "status.json"])
def test_files_with_names_of_run_files_are_not_overwritten(
    tmp_path: Path, name: str, policy: ExistingRunPolicy
) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text('{"state": "solid"}')
    assert "contains files that are not a run's" in error_message(tmp_path, policy=policy)
    assert (tmp_path / name).exists()


def test_files_of_a_run_that_was_killed_early_are_accepted(tmp_path: Path) -> None:
    for name in (".lock", "config.json", ".status.json.abc.part"):
        (tmp_path / name).write_text("")
    write_finished_run(tmp_path)
    assert finished_run(tmp_path).read("config") == CONFIG
    assert not (tmp_path / ".status.json.abc.part").exists()


def test_a_run_without_its_config_is_rejected(tmp_path: Path) -> None:
    write_finished_run(tmp_path / "run")
    (tmp_path / "run" / "config.json").unlink()
    assert error_message(tmp_path / "run") == (
        f"{tmp_path / 'run' / 'config.json'} is missing. "
        "copy the whole folder again, or replace the run: spanreg train --force"
    )
    with claim_run(tmp_path / "run", CONFIG, "replace"):
        pass


def test_a_file_in_place_of_the_folder_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("")
    assert error_message(tmp_path / "run").endswith("is a file. name a folder with -s")


def test_an_empty_folder_is_accepted(tmp_path: Path) -> None:
    write_finished_run(tmp_path)
    finished_run(tmp_path)


def test_another_config_is_rejected_with_every_key_that_differs(tmp_path: Path) -> None:
    write_finished_run(tmp_path / "run")
    other = {"data": {"type": "demo", "limit": 9}, "training": {"epochs": 5}, "seed": 1}
    assert error_message(tmp_path / "run", other).splitlines() == [
        f"{tmp_path / 'run'} has a run of another config; the keys that differ, there -> here."
        " name another folder with -s, or replace the run with --force",
        "data.limit: (not given) -> 9",
        "training.epochs: 3 -> 5",
    ]


def test_a_finished_run_is_complete(tmp_path: Path) -> None:
    write_finished_run(tmp_path / "run")
    before = (tmp_path / "run" / "status.json").read_bytes()
    with claim_run(tmp_path / "run", CONFIG) as run:
        assert run.is_complete
    assert (tmp_path / "run" / "status.json").read_bytes() == before


def test_restart_trains_a_finished_run_again(tmp_path: Path) -> None:
    write_finished_run(tmp_path / "run")
    with claim_run(tmp_path / "run", CONFIG, "restart") as run:
        run.make_way(CONFIG)
        assert not (run.path / "metrics.json").exists()
    assert "has a run of another config" in error_message(tmp_path / "run", {"seed": 2}, "restart")


def test_replace_starts_a_run_of_another_config(tmp_path: Path) -> None:
    write_finished_run(tmp_path / "run")
    with claim_run(tmp_path / "run", {"seed": 2}, "replace") as run:
        assert run.config() == CONFIG, "the old run stays until the new one has read its data"
        run.make_way({"seed": 2})
        assert not (run.path / "metrics.json").exists()
    assert finished_run(tmp_path / "run").read("config") == {"seed": 2}


def test_replacing_a_run_keeps_files_of_the_user(tmp_path: Path) -> None:
    write_finished_run(tmp_path / "run")
    (tmp_path / "run" / "notes.txt").write_text("mine")
    with claim_run(tmp_path / "run", CONFIG, "replace") as run:
        run.make_way(CONFIG)
    assert (tmp_path / "run" / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("error", "state", "message"),
    [
        (KeyboardInterrupt(), "interrupted", "it was interrupted"),
        (SystemExit(143), "interrupted", "it was interrupted"),
        (RuntimeError("out of memory"), "failed", r"it failed \(RuntimeError: out of memory\)"),
        (ConfigurationError("the loss is not finite"), "failed", r"it failed \(the loss is not finite\)"),
    ],
)
def test_a_failure_is_recorded_and_the_run_can_start_again(
    tmp_path: Path, error: BaseException, state: str, message: str
) -> None:
    with pytest.raises(type(error)):
        write_failed_run(tmp_path / "run", error)
    status = RunFolder(tmp_path / "run").status() or {}
    assert status["state"] == state
    with pytest.raises(ConfigurationError, match=message):
        finished_run(tmp_path / "run")
    with claim_run(tmp_path / "run", CONFIG) as run:
        run.make_way(CONFIG)
    assert "problem" not in (finished_run(tmp_path / "run").status() or {})


def test_a_mistake_before_training_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such data"), claim_run(tmp_path / "run", CONFIG):
        raise ConfigurationError("no such data")
    assert not (tmp_path / "run").exists()


def test_a_mistake_before_training_leaves_an_empty_folder_empty(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such data"), claim_run(tmp_path, CONFIG):
        raise ConfigurationError("no such data")
    assert {entry.name for entry in tmp_path.iterdir()} <= {".lock"}
    write_finished_run(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}"])
def test_a_damaged_status_is_reported(tmp_path: Path, content: str) -> None:
    (tmp_path / "status.json").write_text(content)
    with pytest.raises(ConfigurationError, match=r"is not a run folder: it has no status\.json"):
        finished_run(tmp_path)
    write_finished_run(tmp_path / "run")
    (tmp_path / "run" / "status.json").write_text(content)
    with pytest.raises(ConfigurationError, match=r"run/status\.json is damaged: it does not hold the state of a run"):
        finished_run(tmp_path / "run")
    assert "run/status.json is damaged" in error_message(tmp_path / "run"), "the run may be a finished one"
    with claim_run(tmp_path / "run", CONFIG, "repair") as run:
        assert run.spares_earlier


def test_a_missing_folder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        finished_run(tmp_path / "none")
    assert str(caught.value) == f"there is no folder {tmp_path / 'none'}. name a folder that 'spanreg train' wrote"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "is missing"),
        ("", "is empty"),
        ('{"a": ', r"is damaged: it is not JSON \(line 1, column 7\)"),
        ("[]", "is damaged: it is not a JSON object"),
    ],
)
def test_a_damaged_file_of_a_run_is_reported(tmp_path: Path, content: str | None, problem: str) -> None:
    if content is not None:
        (tmp_path / "metrics.json").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=f"/metrics.json {problem}. copy the whole folder"):
        RunFolder(tmp_path).read("metrics")
