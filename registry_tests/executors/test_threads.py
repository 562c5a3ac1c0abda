"""The thread count of workers: an exported one is honoured, so that a study's run equals a training of its own."""

from __future__ import annotations

import os
from typing import Any

import pytest

from spanreg.executors import Call
from spanreg.executors.local import Local
from spanreg.executors.threads import exported_threads, worker_threads


@pytest.mark.parametrize(
    ("exported", "expected"), [("3", 3), ("2,4", 2), (" 1 ", 1), ("", None), ("0", None), ("-1", None), ("many", None)]
)
def test_the_exported_number_is_read_as_openmp_does(
    exported: str, expected: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", exported)
    assert exported_threads() == expected


def test_without_an_exported_number_workers_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(6)))
    assert [worker_threads(jobs) for jobs in (1, 2, 6, 20)] == [6, 3, 1, 1]


@pytest.mark.parametrize(("options", "expected"), [({}, "3"), ({"jobs": 2}, "3"), ({"threads": 2}, "2")])
def test_workers_take_the_exported_number(
    options: dict[str, Any], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    (outcome,) = Local(**options).run([Call("about", "work_of_a_test:about", {"_": 0})])
    assert outcome.value[0] == expected


@pytest.mark.parametrize(("name", "package"), [("Ray", "ray"), ("Slurm", "submitit")])
def test_jobs_of_a_queue_take_the_exported_number(name: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip(package)
    from spanreg.executors import Executor

    kind = Executor.by_name(name.lower())
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert (kind().cpus, kind(cpus=2).cpus) == (3, 2)
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert kind().cpus == 1
