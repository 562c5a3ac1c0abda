"""What an executor calls for one run."""

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


def test_it_waits_for_a_worker_that_is_still_ending(
    base: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That of a driver that was killed may hold the run for a moment longer; in a cluster's queue it may finish it."""
    lock = tmp_path / "run" / ".lock"
    held, free = threading.Event(), threading.Event()
    seen: list[Any] = []

    def other() -> None:
        with locked(lock):
            held.set()
            free.wait(60)

    def train(params: Any, folder: Path, **given: Any) -> dict[str, Any]:
        seen.append((folder, is_locked(lock), given.get("restart", False)))
        return {"main": "accuracy"}

    monkeypatch.setattr("spanreg.training.train.train", train)
    threading.Thread(target=other, daemon=True).start()
    assert held.wait(60)
    timer = threading.Timer(0.2, free.set)
    timer.start()
    assert execute(base, str(tmp_path / "run"), [], [], code_hash(), inputs_of(base)) == {"main": "accuracy"}
    assert free.is_set()
    assert seen == [(tmp_path / "run", False, False)]


@pytest.mark.usefixtures("warm_processes")
def test_a_run_of_a_study_has_the_bits_of_a_training_in_the_same_shell(
    make_plan: Callable[..., StudyPlan], base: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", str(torch.get_num_threads()))
    end = run_study(make_plan(arms={}, seeds=[3]), tmp_path / "study", LocalExecutor(), StudyRequest("s"))
    (run,) = end.record.runs
    made = StudyReader(tmp_path / "study").run_path(run)
    train(Params({**base, "seed": 3}), tmp_path / "alone")
    assert read_object(made / "environment.json")["threads"] == torch.get_num_threads()
    weights = [hash_file(folder / "model" / "model.safetensors") for folder in (made, tmp_path / "alone")]
    assert weights[0] == weights[1]
