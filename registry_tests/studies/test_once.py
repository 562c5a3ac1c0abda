"""What runs have in common is made exactly once, by whichever process comes first, and whoever dies over it."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spanreg.benchmarks.study import preparations
from spanreg.dictionaries.ngram import NgramDictionary
from spanreg.executors.local import LocalExecutor
from spanreg.storage import cache_folder, locked
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.execute.run import StudyRequest, run_study

pytestmark = pytest.mark.usefixtures("warm_processes")

Make = Callable[..., StudyPlan]


def hold(lock: Path, held: Any) -> None:
    with locked(lock):
        held.set()
        time.sleep(600)


def test_two_workers_and_a_killed_holder_of_a_lock(
    make_plan: Make, base: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPANREG_CACHE", str(tmp_path / "cache"))
    NgramDictionary(base["dictionary"]["corpus"]).table()
    (sampled,) = cache_folder("dictionaries").glob("*.parquet")
    sampled.unlink()
    context = multiprocessing.get_context("fork")
    held = context.Event()
    holder = context.Process(target=hold, args=(sampled.with_suffix(".lock"), held), daemon=True)
    holder.start()
    assert held.wait(60)
    folder = StudyReader(tmp_path / "study")
    killer = threading.Thread(target=kill_when_both_wait, args=(holder, folder.path))
    killer.start()
    arms = {"plain": {"aggregator": "none"}, "single": {"segmenter": "single"}}
    end = run_study(make_plan(arms=arms, seeds=[1]), folder.path, LocalExecutor(jobs=2, threads=1), StudyRequest("s"))
    killer.join()
    assert holder.exitcode == -9
    assert end.failed == []
    # the splits of two segmenters: train and validation each; 'plain' shares those of the base
    assert preparations(folder, end.record) == {"dictionary": (1, 1), "prepared split": (4, 4)}
    entries = [entry for entry in cache_folder("prepared").iterdir() if entry.is_dir()]
    assert len(entries) == 4
    assert len(list(cache_folder("dictionaries").glob("*.parquet"))) == 1


def kill_when_both_wait(holder: Any, folder: Path) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until and "".join(map(read, folder.glob("runs/*/train.log"))).count("Waiting for") < 2:
        time.sleep(0.02)
    holder.kill()
    holder.join()


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
