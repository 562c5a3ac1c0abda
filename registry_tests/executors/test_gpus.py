"""One GPU for each worker, and several runs on one GPU only if its memory allows; the GPUs are simulated."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from registry_tests.executors.processes import job_call
from spanreg.executors import Executor
from spanreg.executors.gpus import GpuPool, free_memory, gpu_environment, visible_gpus
from spanreg.executors.local import LocalExecutor
from spanreg.integrations.ray import share_of_gpus
from spanreg.registry import ConfigurationError

VISIBLE_GPUS = "spanreg.executors.local.visible_gpus"
"The function that finds the GPUs of the machine, replaced in the tests of workers."


def gpus_of_calls(executor: LocalExecutor, count: int) -> list[str]:
    """Return which GPUs the worker of each of ``count`` calls sees."""
    # Long enough that no worker makes all calls before the others have started.
    calls = [job_call("visible_gpus", seconds=0.2) for _ in range(count)]
    return [str(outcome.value) for outcome in executor.run(calls)]


def test_each_worker_sees_one_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VISIBLE_GPUS, lambda: ["4", "7"])
    executor = Executor.from_params({"type": "local", "gpus": [0, 1], "threads": 1})
    assert executor.jobs == 2
    assert Counter(gpus_of_calls(executor, 4)) == {"4": 2, "7": 2}
    assert Counter(gpus_of_calls(LocalExecutor(threads=1), 2)) == {"4": 2}, "all visible GPUs are the default"
    assert gpus_of_calls(LocalExecutor(gpus=[1], threads=1), 1) == ["7"]


def test_workers_without_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VISIBLE_GPUS, list)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert gpus_of_calls(LocalExecutor(threads=1), 1) == ["None"]
    assert gpus_of_calls(LocalExecutor(threads=1, gpus=[]), 1) == [""]


def test_unknown_and_repeated_gpus_are_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VISIBLE_GPUS, lambda: ["0"])
    with pytest.raises(ConfigurationError, match="executor.gpus: there is no GPU 1; visible: 0 to 0. name visible"):
        gpus_of_calls(LocalExecutor(gpus=[0, 1]), 1)
    with pytest.raises(ConfigurationError, match="gpus: .* a list without repetitions"):
        Executor.from_params({"type": "local", "gpus": [0, 0]})


# CUDA stops at the first invalid name, such as -1.
@pytest.mark.parametrize(
    ("exported", "names"), [("0,2", ["0", "2"]), ("", []), ("-1", []), ("1,-1,2", ["1"]), ("GPU-ab12", ["GPU-ab12"])]
)
def test_visible_gpus_are_those_exported(exported: str, names: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", exported)
    assert visible_gpus() == names


def test_workers_number_gpus_as_nvidia_smi_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert gpu_environment("1") == {"CUDA_VISIBLE_DEVICES": "1", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,0")
    assert gpu_environment("1") == {"CUDA_VISIBLE_DEVICES": "1"}, "exported numbers are in the user's order"


@pytest.mark.skipif(os.name == "nt", reason="the simulated nvidia-smi is a shell script")
def test_free_memory_is_read_from_nvidia_smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (visible_gpus(), free_memory()) == ([], {})
    tool = tmp_path / "nvidia-smi"
    for text, expected in (("0, 2048\\n1, 512\\n", {"0": 2.0, "1": 0.5}), ("No devices were found\\n", {})):
        tool.write_text(f"#!/bin/sh\nprintf '{text}'\n", encoding="utf-8")
        tool.chmod(0o755)
        assert free_memory() == expected
    tool.write_text("#!/bin/sh\nexit 9\n", encoding="utf-8")
    assert visible_gpus() == []


class SimulatedGpu:
    """GPU ``0`` with ten gigabytes of memory, of which each run takes three.

    Parameters:
        memory_is_known: whether its free memory can be read.
    """

    def __init__(self, memory_is_known: bool = True) -> None:
        self.runs, self.memory_is_known = 0, memory_is_known

    def free_memory(self) -> dict[str, float]:
        return {"0": 10.0 - 3.0 * self.runs} if self.memory_is_known else {}


def most_concurrent_runs(pool: GpuPool, gpu: SimulatedGpu, count: int) -> int:
    """Return the largest number of concurrent runs when ``count`` runs start at the same time."""
    most, lock = [0], threading.Lock()

    def run() -> None:
        with pool.held("0"):
            with lock:
                gpu.runs += 1
                most[0] = max(most[0], gpu.runs)
            time.sleep(0.05)
            with lock:
                gpu.runs -= 1

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return most[0]


# Three runs of 3 GB fit into 10 GB, also with the margin of a fifth that the pool adds to a measured need.
@pytest.mark.parametrize(
    ("memory", "memory_is_known", "most"), [(3.0, True, 3), (9.0, True, 1), (None, True, 3), (None, False, 1)]
)
def test_concurrent_runs_fit_into_the_memory(memory: float | None, memory_is_known: bool, most: int) -> None:
    gpu = SimulatedGpu(memory_is_known)
    # At most: how many run at a time also depends on the scheduling of their threads.
    assert most_concurrent_runs(GpuPool(["0"], memory, gpu.free_memory, wait=0.005), gpu, 6) <= most


@pytest.mark.parametrize("memory", [None, 3.0])
def test_a_second_run_starts_if_its_memory_is_free(memory: float | None) -> None:
    gpu = SimulatedGpu()
    pool = GpuPool(["0"], memory, gpu.free_memory, wait=0.005)
    if memory is None:
        # What a run needs is known when one has ended, which the second one of these waits for.
        most_concurrent_runs(pool, gpu, 2)
    with pool.held("0"):
        gpu.runs = 1
        # Ends the wait of a pool that lets no run share a GPU.
        rescue = threading.Timer(10, pool.close)
        rescue.start()
        with pool.held("0") as is_open:
            assert is_open
        rescue.cancel()


@pytest.mark.parametrize("memory", [None, 6.0])
def test_a_run_counts_with_the_memory_that_it_has_not_allocated_yet(memory: float | None) -> None:
    # The first run has half a gigabyte of CUDA's context, and will need more.
    free = iter([10.0])
    pool = GpuPool(["0"], memory, lambda: {"0": next(free, 9.5)}, wait=0.005)
    with pool.held("0"):
        threading.Timer(0.1, pool.close).start()
        with pool.held("0") as is_open:
            assert not is_open


def test_closing_a_pool_ends_the_wait_of_its_runs() -> None:
    gpu = SimulatedGpu(memory_is_known=False)
    pool = GpuPool(["0"], None, gpu.free_memory, wait=60)
    with pool.held("0"):
        threading.Timer(0.05, pool.close).start()
        with pool.held("0") as is_open:
            assert not is_open


@pytest.mark.parametrize(("gpus", "jobs", "share"), [(0, 2, 0.0), (1, 2, 0.5), (4, 2, 1.0)])
def test_ray_reserves_a_share_of_the_gpus(gpus: int, jobs: int, share: float) -> None:
    assert share_of_gpus({"CPU": 8.0, "GPU": gpus} if gpus else {"CPU": 8.0}, jobs) == share
