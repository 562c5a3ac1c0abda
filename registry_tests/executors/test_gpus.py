"""A GPU for each worker, and several runs on one only if its memory allows, with faked devices."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from spanreg.executors import Call, Executor
from spanreg.executors.gpus import GpuPool, free_memory, visible_gpus
from spanreg.executors.local import LocalExecutor
from spanreg.integrations.ray import share_of_gpus
from spanreg.registry import ConfigurationError

VISIBLE = "spanreg.executors.local.visible_gpus"


def devices(executor: LocalExecutor, calls: int) -> list[str]:
    made = [Call("device", "work_of_a_test:device", {"wait": 0.2}) for _ in range(calls)]
    return [str(outcome.value) for outcome in executor.run(made)]


@pytest.fixture(autouse=True)
def device(work: None, tmp_path: Path) -> None:
    with (tmp_path / "work_of_a_test.py").open("a", encoding="utf-8") as file:
        file.write("\ndef device(wait):\n    time.sleep(wait)\n    return os.environ.get('CUDA_VISIBLE_DEVICES')\n")


def test_each_worker_has_one_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VISIBLE, lambda: ["4", "7"])
    executor = Executor.from_params({"type": "local", "gpus": [0, 1], "threads": 1})
    assert executor.jobs == 2
    assert Counter(devices(executor, 4)) == {"4": 2, "7": 2}
    assert Counter(devices(LocalExecutor(threads=1), 2)) == {"4": 2}, "all visible ones are the default"
    assert devices(LocalExecutor(gpus=[1], threads=1), 1) == ["7"]


def test_without_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VISIBLE, list)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert devices(LocalExecutor(threads=1), 1) == ["None"]
    assert devices(LocalExecutor(threads=1, gpus=[]), 1) == [""]


def test_a_gpu_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VISIBLE, lambda: ["0"])
    with pytest.raises(ConfigurationError, match="executor.gpus: there is no GPU 1; visible: 0 to 0. name visible"):
        devices(LocalExecutor(gpus=[0, 1]), 1)
    with pytest.raises(ConfigurationError, match="gpus: .* a list without repetitions"):
        Executor.from_params({"type": "local", "gpus": [0, 0]})


@pytest.mark.parametrize(
    ("exported", "names"), [("0,2", ["0", "2"]), ("", []), ("-1", []), ("1,-1,2", ["1"]), ("GPU-ab12", ["GPU-ab12"])]
)
def test_the_exported_devices(exported: str, names: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", exported)
    assert visible_gpus() == names


@pytest.mark.skipif(os.name == "nt", reason="the faked tool is a shell script")
def test_the_driver_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (visible_gpus(), free_memory()) == ([], {})
    tool = tmp_path / "nvidia-smi"
    for text, found in (("0, 2048\\n1, 512\\n", {"0": 2.0, "1": 0.5}), ("No devices were found\\n", {})):
        tool.write_text(f"#!/bin/sh\nprintf '{text}'\n", encoding="utf-8")
        tool.chmod(0o755)
        assert free_memory() == found
    tool.write_text("#!/bin/sh\nexit 9\n", encoding="utf-8")
    assert visible_gpus() == []


class Device:
    """One GPU of ten gigabytes, whose runs take three each."""

    def __init__(self, known: bool = True) -> None:
        self.runs, self.known = 0, known

    def free(self) -> dict[str, float]:
        return {"0": 10.0 - 3.0 * self.runs} if self.known else {}


def most_at_a_time(pool: GpuPool, device: Device, count: int) -> int:
    """Return the largest number of concurrent runs among so many that all want to run."""
    most, lock, reached = [0], threading.Lock(), threading.Event()

    def run() -> None:
        with pool.held("0"):
            with lock:
                device.runs += 1
                most[0] = max(most[0], device.runs)
            reached.wait(0.05)
            with lock:
                device.runs -= 1

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return most[0]


@pytest.mark.parametrize(
    ("memory", "known", "most"), [(3.0, True, 3), (9.0, True, 1), (None, True, 3), (None, False, 1)]
)
def test_runs_share_a_gpu_if_its_memory_allows(memory: Any, known: bool, most: int) -> None:
    """Ten gigabytes hold three runs of three, also with a margin of a fifth for a measured need."""
    device = Device(known)
    assert most_at_a_time(GpuPool(["0"], memory, device.free, wait=0.005), device, 6) <= most


def test_a_measured_run_lets_another_one_start() -> None:
    device = Device()
    pool = GpuPool(["0"], None, device.free, wait=0.005)
    with pool.held("0"):
        device.runs = 1
        with pool.held("0") as is_open:
            assert is_open


def test_a_closed_pool_lets_nobody_wait() -> None:
    device = Device(known=False)
    pool = GpuPool(["0"], None, device.free, wait=60)
    with pool.held("0"):
        threading.Timer(0.05, pool.close).start()
        with pool.held("0") as is_open:
            assert not is_open


@pytest.mark.parametrize(("gpus", "jobs", "share"), [(0, 2, 0.0), (1, 2, 0.5), (4, 2, 1.0)])
def test_ray_reserves_a_share(gpus: int, jobs: int, share: float) -> None:
    assert share_of_gpus({"CPU": 8.0, "GPU": gpus} if gpus else {"CPU": 8.0}, jobs) == share
