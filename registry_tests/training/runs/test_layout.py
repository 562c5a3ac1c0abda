"""The lock of a run folder, its state, and the runs that it rejects."""

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


def finish(path: Path, config: dict[str, Any] = CONFIG) -> None:
    with claim_run(path, config) as run:
        run.start_training()
        run.write("metrics", {"splits": {}})


def end_badly(path: Path, error: BaseException) -> None:
    with claim_run(path, CONFIG) as run:
        run.start_training()
        raise error


def refusal(path: Path, config: dict[str, Any] = CONFIG, policy: ExistingRunPolicy = "resume") -> str:
    with pytest.raises(ConfigurationError) as caught, claim_run(path, config, policy):
        pass
    return str(caught.value)


def test_a_run_that_ends_well_is_finished(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "one"
    finish(path)
    run = finished_run(path)
    status = run.status() or {}
    assert status["state"] == "finished"
    assert status["started"] <= status["ended"]
    assert run.read("config") == CONFIG


def test_while_it_runs_it_is_not_finished(tmp_path: Path) -> None:
    with claim_run(tmp_path / "run", CONFIG), pytest.raises(ConfigurationError) as caught:
        finished_run(tmp_path / "run")
    assert "is not finished: it is still running. train it again" in str(caught.value)


def test_a_killed_run_is_distinguished_from_a_running_one(tmp_path: Path) -> None:
    finish(tmp_path / "run")
    RunSession(tmp_path / "run").mark("running")
    with pytest.raises(ConfigurationError, match="is not finished: it was killed"):
        finished_run(tmp_path / "run")


def test_what_a_killed_run_left_is_cleared_away(tmp_path: Path) -> None:
    finish(tmp_path / "run")
    RunSession(tmp_path / "run").mark("running")
    (tmp_path / "run" / ".model.abc.part").mkdir()
    (tmp_path / "run" / ".metrics.json.abc.part").write_text("{")
    with claim_run(tmp_path / "run", CONFIG) as run:
        run.make_way(CONFIG)
        names = {entry.name for entry in (tmp_path / "run").iterdir()}
    assert names == {".lock", "status.json", "config.json", "config.resolved.json", "train.log"}


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    with claim_run(tmp_path / "run", CONFIG):
        text = refusal(tmp_path / "run", policy="replace")
    assert text == (f"another process is training into {tmp_path / 'run'}. wait for it, or name another folder with -s")


def test_a_foreign_folder_is_refused_even_by_force(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    assert "has files in it that are not a run's" in refusal(tmp_path, policy="replace")
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("policy", ["resume", "replace"])
@pytest.mark.parametrize("name", ["config.json", "model/weights.bin", "predictions/old.jsonl", "status.json"])
def test_files_named_like_a_runs_are_not_taken_for_one(tmp_path: Path, name: str, policy: ExistingRunPolicy) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text('{"state": "solid"}')
    assert "has files in it that are not a run's" in refusal(tmp_path, policy=policy)
    assert (tmp_path / name).exists()


def test_leftovers_of_a_run_that_was_killed_early_are_accepted(tmp_path: Path) -> None:
    for name in (".lock", "config.json", ".status.json.abc.part"):
        (tmp_path / name).write_text("")
    finish(tmp_path)
    assert finished_run(tmp_path).read("config") == CONFIG
    assert not (tmp_path / ".status.json.abc.part").exists()


def test_a_run_that_lost_its_config_is_refused(tmp_path: Path) -> None:
    finish(tmp_path / "run")
    (tmp_path / "run" / "config.json").unlink()
    assert refusal(tmp_path / "run") == (
        f"{tmp_path / 'run' / 'config.json'} is missing. "
        "copy the whole folder again, or replace the run: spanreg train --force"
    )
    with claim_run(tmp_path / "run", CONFIG, "replace"):
        pass


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("")
    assert refusal(tmp_path / "run").endswith("is a file. name a folder with -s")


def test_an_empty_folder_is_accepted(tmp_path: Path) -> None:
    finish(tmp_path)
    finished_run(tmp_path)


def test_another_config_is_refused_with_every_key(tmp_path: Path) -> None:
    finish(tmp_path / "run")
    other = {"data": {"type": "demo", "limit": 9}, "training": {"epochs": 5}, "seed": 1}
    assert refusal(tmp_path / "run", other).splitlines() == [
        f"{tmp_path / 'run'} has a run of another config; the keys that differ, there -> here."
        " name another folder with -s, or replace the run with --force",
        "data.limit: (not given) -> 9",
        "training.epochs: 3 -> 5",
    ]


def test_a_finished_run_is_complete(tmp_path: Path) -> None:
    finish(tmp_path / "run")
    before = (tmp_path / "run" / "status.json").read_bytes()
    with claim_run(tmp_path / "run", CONFIG) as run:
        assert run.is_complete
    assert (tmp_path / "run" / "status.json").read_bytes() == before


def test_a_finished_run_is_trained_again_where_that_is_asked_for(tmp_path: Path) -> None:
    finish(tmp_path / "run")
    with claim_run(tmp_path / "run", CONFIG, "restart") as run:
        run.make_way(CONFIG)
        assert not (run.path / "metrics.json").exists()
    assert "has a run of another config" in refusal(tmp_path / "run", {"seed": 2}, "restart")
    with claim_run(tmp_path / "run", {"seed": 2}, "replace") as run:
        assert run.config() == CONFIG, "until all that the new one needs has been read"
        run.make_way({"seed": 2})
        assert not (run.path / "metrics.json").exists()
    assert finished_run(tmp_path / "run").read("config") == {"seed": 2}


def test_force_keeps_what_is_not_the_runs(tmp_path: Path) -> None:
    finish(tmp_path / "run")
    (tmp_path / "run" / "notes.txt").write_text("mine")
    with claim_run(tmp_path / "run", CONFIG, "replace") as run:
        run.make_way(CONFIG)
    assert (tmp_path / "run" / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("error", "state", "words"),
    [
        (KeyboardInterrupt(), "interrupted", "it was interrupted"),
        (SystemExit(143), "interrupted", "it was interrupted"),
        (RuntimeError("out of memory"), "failed", r"it failed \(RuntimeError: out of memory\)"),
        (ConfigurationError("the loss is not finite"), "failed", r"it failed \(the loss is not finite\)"),
    ],
)
def test_a_failure_is_recorded_and_the_run_may_start_again(
    tmp_path: Path, error: BaseException, state: str, words: str
) -> None:
    with pytest.raises(type(error)):
        end_badly(tmp_path / "run", error)
    status = RunFolder(tmp_path / "run").status() or {}
    assert status["state"] == state
    with pytest.raises(ConfigurationError, match=words):
        finished_run(tmp_path / "run")
    with claim_run(tmp_path / "run", CONFIG) as run:
        run.make_way(CONFIG)
    assert "problem" not in (finished_run(tmp_path / "run").status() or {})


def test_a_mistake_before_training_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError), claim_run(tmp_path / "run", CONFIG):
        raise ConfigurationError("no such data")
    assert not (tmp_path / "run").exists()


def test_a_mistake_before_training_leaves_an_empty_folder_empty(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError), claim_run(tmp_path, CONFIG):
        raise ConfigurationError("no such data")
    assert {entry.name for entry in tmp_path.iterdir()} <= {".lock"}
    finish(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}"])
def test_a_damaged_status_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "status.json").write_text(content)
    with pytest.raises(ConfigurationError, match=r"is not a run folder: it has no status\.json"):
        finished_run(tmp_path)
    finish(tmp_path / "run")
    (tmp_path / "run" / "status.json").write_text(content)
    with pytest.raises(ConfigurationError, match=r"run/status\.json is damaged: it does not hold the state of a run"):
        finished_run(tmp_path / "run")
    assert "run/status.json is damaged" in refusal(tmp_path / "run"), "the run may be a finished one"
    with claim_run(tmp_path / "run", CONFIG, "repair") as run:
        assert run.spares_earlier


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
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
def test_a_file_of_a_run_that_is_damaged(tmp_path: Path, content: str | None, problem: str) -> None:
    if content is not None:
        (tmp_path / "metrics.json").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=f"/metrics.json {problem}. copy the whole folder"):
        RunFolder(tmp_path).read("metrics")
