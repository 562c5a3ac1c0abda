"""The number of threads of a worker.

An exported number counts, so that a run of a study equals ``spanreg train`` in the same shell.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from registry_tests.executors.processes import job_call
from spanreg.executors import Executor, threads
from spanreg.executors.local import LocalExecutor
from spanreg.executors.threads import exported_threads, usable_cores, waiting_environment, worker_threads


@pytest.mark.parametrize(
    ("exported", "expected"), [("3", 3), ("2,4", 2), (" 1 ", 1), ("", None), ("0", None), ("-1", None), ("many", None)]
)
def test_exported_threads_are_read_as_by_openmp(
    exported: str, expected: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", exported)
    assert exported_threads() == expected


def test_workers_share_the_cores_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(6)))
    assert [worker_threads(jobs) for jobs in (1, 2, 6, 20)] == [6, 3, 1, 1]


@pytest.mark.parametrize(("options", "expected"), [({}, "3"), ({"jobs": 2}, "3"), ({"threads": 2}, "2")])
def test_exported_threads_are_the_default_of_workers(
    options: dict[str, Any], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    (outcome,) = LocalExecutor(**options).run([job_call("threads_and_process")])
    assert outcome.value[0] == expected


@pytest.mark.parametrize(("name", "package"), [("ray", "ray"), ("slurm", "submitit")])
def test_exported_threads_are_the_default_of_cluster_jobs(
    name: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(package)
    executor_class = Executor.by_name(name)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert (executor_class().cpus, executor_class(cpus=2).cpus) == (3, 2)
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert executor_class().cpus == 1


# Of six cores. The file cpu.max is of version 2 of the control groups, those below cpu/ are of version 1.
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
def test_usable_cores_respect_the_limit_of_a_container(
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


def test_waiting_threads_sleep_on_a_busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "usable_cores", lambda: 4)
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)

    def environment(load: float, count: int) -> dict[str, str]:
        monkeypatch.setattr(os, "getloadavg", lambda: (load, 0.0, 0.0))
        return waiting_environment(count)

    assert environment(0.3, 4) == {}
    assert environment(2.0, 4) == {"OMP_WAIT_POLICY": "PASSIVE"}
    assert environment(2.0, 2) == {}
    assert environment(9.0, 1) == {}, "a single thread never waits for another"
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    assert environment(9.0, 4) == {}, "an exported policy counts"
