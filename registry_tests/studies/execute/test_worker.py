"""The function that executors call for one run of a study."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from spanreg.executors.local import LocalExecutor
from spanreg.registry import Params
from spanreg.storage import hash_file, is_locked, locked, read_object
from spanreg.studies.define.inputs import code_hash, inputs_of
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.execute.run import StudyRequest, run_study
from spanreg.studies.execute.worker import execute
from spanreg.training.train import train


def test_a_worker_waits_for_another_worker_of_the_same_run(
    base: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker may outlive its killed driver, or a cluster may start it late; either may still finish the run."""
    lock = tmp_path / "run" / ".lock"
    held, free = threading.Event(), threading.Event()
    trainings: list[Any] = []

    def hold_run() -> None:
        with locked(lock):
            held.set()
            free.wait(60)

    def train(params: Any, folder: Path, **options: Any) -> dict[str, Any]:
        trainings.append((folder, is_locked(lock), options.get("restart", False)))
        return {"main": "accuracy"}

    monkeypatch.setattr("spanreg.training.train.train", train)
    threading.Thread(target=hold_run, daemon=True).start()
    assert held.wait(60)
    timer = threading.Timer(0.2, free.set)
    timer.start()
    assert execute(base, str(tmp_path / "run"), [], [], code_hash(), inputs_of(base)) == {"main": "accuracy"}
    assert free.is_set()
    assert trainings == [(tmp_path / "run", False, False)]


@pytest.mark.usefixtures("warm_processes")
def test_a_run_of_a_study_has_the_same_weights_as_a_training_in_the_same_shell(
    make_plan: Callable[..., StudyPlan], base: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The bits of a training depend on its number of threads, which a worker takes from the environment.
    monkeypatch.setenv("OMP_NUM_THREADS", str(torch.get_num_threads()))
    outcome = run_study(make_plan(arms={}, seeds=[3]), tmp_path / "study", LocalExecutor(), StudyRequest("s"))
    (run,) = outcome.record.runs
    in_study = StudyReader(tmp_path / "study").run_path(run)
    train(Params({**base, "seed": 3}), tmp_path / "alone")
    assert read_object(in_study / "environment.json")["threads"] == torch.get_num_threads()
    weight_hashes = [hash_file(folder / "model" / "model.safetensors") for folder in (in_study, tmp_path / "alone")]
    assert weight_hashes[0] == weight_hashes[1]
