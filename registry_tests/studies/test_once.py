"""Dictionaries and prepared splits that runs share are made once, even if a process dies while it holds their lock."""

from __future__ import annotations

import multiprocessing
import signal
import threading
import time
from collections.abc import Callable, Iterable
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

MakePlan = Callable[..., StudyPlan]


def hold_lock(lock: Path, held: Any) -> None:
    """Lock a file, set the event ``held``, and keep the lock until the process is killed."""
    with locked(lock):
        held.set()
        time.sleep(600)


def test_two_workers_share_what_a_killed_process_was_making(
    make_plan: MakePlan, base: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPANREG_CACHE", str(tmp_path / "cache"))
    NgramDictionary(base["dictionary"]["corpus"]).table()
    (sampled,) = cache_folder("dictionaries").glob("*.parquet")
    # The cached dictionary is gone, and a process that holds its lock seems to sample it again.
    sampled.unlink()
    context = multiprocessing.get_context("fork")
    held = context.Event()
    holder = context.Process(target=hold_lock, args=(sampled.with_suffix(".lock"), held), daemon=True)
    holder.start()
    assert held.wait(60)
    folder = StudyReader(tmp_path / "study")
    killer = threading.Thread(target=kill_once_both_wait, args=(holder, folder.path))
    killer.start()
    arms = {"plain": {"aggregator": "none"}, "single": {"segmenter": "single"}}
    outcome = run_study(
        make_plan(arms=arms, seeds=[1]), folder.path, LocalExecutor(jobs=2, threads=1), StudyRequest("s")
    )
    killer.join()
    assert holder.exitcode == -signal.SIGKILL
    assert text_of(folder.path.glob("runs/*/train.log")).count("Waiting for") >= 2, "both workers must have waited"
    assert outcome.failed == []
    # Two segmenters prepare two splits each, train and validation; 'plain' has the segmenter of the base.
    assert preparations(folder, outcome.record) == {"dictionary": (1, 1), "prepared split": (4, 4)}
    entries = [entry for entry in cache_folder("prepared").iterdir() if entry.is_dir()]
    assert len(entries) == 4
    assert len(list(cache_folder("dictionaries").glob("*.parquet"))) == 1


def kill_once_both_wait(holder: Any, folder: Path) -> None:
    """Kill a process once the logs of two runs say that they wait for it."""
    until = time.monotonic() + 120
    while time.monotonic() < until and text_of(folder.glob("runs/*/train.log")).count("Waiting for") < 2:
        time.sleep(0.02)
    holder.kill()
    holder.join()


def text_of(paths: Iterable[Path]) -> str:
    """Return the joined text of files."""
    return "".join(path.read_text(encoding="utf-8") for path in paths)
