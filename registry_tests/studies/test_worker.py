"""What an executor calls for one run."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from spanreg.storage import is_locked, locked
from spanreg.studies.inputs import code_hash, inputs_of
from spanreg.studies.worker import execute


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
        seen.append((folder, is_locked(lock), given["resume"]))
        return {"main": "accuracy"}

    monkeypatch.setattr("spanreg.training.train.train", train)
    threading.Thread(target=other, daemon=True).start()
    assert held.wait(60)
    timer = threading.Timer(0.2, free.set)
    timer.start()
    assert execute(base, str(tmp_path / "run"), [], [], code_hash(), inputs_of(base)) == {"main": "accuracy"}
    assert free.is_set()
    assert seen == [(tmp_path / "run", False, True)]
