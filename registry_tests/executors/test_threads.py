"""The thread count of workers: an exported one is honoured, so that a study's run equals a training of its own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from spanreg.executors import Call, threads
from spanreg.executors.local import LocalExecutor
from spanreg.executors.threads import exported_threads, usable_cores, waiting_environment, worker_threads


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
    (outcome,) = LocalExecutor(**options).run([Call("about", "work_of_a_test:about", {"_": 0})])
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


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"cpu.max": "150000 100000\n"}, 2),
        ({"cpu.max": "50000 100000\n"}, 1),
        ({"cpu.max": "max 100000\n"}, 6),
        ({"cpu.max": "900000 100000\n"}, 6),
        ({"cpu/cpu.cfs_quota_us": "300000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 3),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 6),
        ({"cpu.max": "strange"}, 6),
        ({}, 6),
    ],
)
def test_a_container_may_use_fewer_cores_than_it_sees(
    files: dict[str, str], expected: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    monkeypatch.setattr(threads, "CGROUPS", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(6)))
    assert usable_cores() == expected
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert worker_threads(2) == max(1, expected // 2)


def test_waiting_threads_sleep_where_others_need_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "usable_cores", lambda: 4)
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)

    def waiting(load: float, count: int) -> dict[str, str]:
        monkeypatch.setattr(os, "getloadavg", lambda: (load, 0.0, 0.0))
        return waiting_environment(count)

    assert waiting(0.3, 4) == {}
    assert waiting(2.0, 4) == {"OMP_WAIT_POLICY": "PASSIVE"}
    assert waiting(2.0, 2) == {}
    assert waiting(9.0, 1) == {}
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    assert waiting(9.0, 4) == {}
