"""Distributed training: two processes with half a batch each find the gradients of one with all of it."""

from __future__ import annotations

import runpy
import subprocess
from pathlib import Path

import pytest
import torch
from torch import Tensor

from registry_tests.warm_python import WarmPython

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("one_of_two.py")
OF_A_PROCESS = runpy.run_path(str(SCRIPT))
PARTS = OF_A_PROCESS["PARTS"]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory, warm_python: WarmPython) -> list[dict[str, list[Tensor]]]:
    """Return the gradients in each of the processes, by the parts of the model."""
    folder = tmp_path_factory.mktemp("two")
    files = [folder / f"{rank}.pt" for rank in (0, 1)]
    program = [warm_python.program, "-m", "registry_tests.model.one_of_two"]
    commands = [[*program, str(rank), folder / "meeting", file] for rank, file in enumerate(files)]
    processes = [subprocess.Popen(one, cwd=ROOT, stderr=subprocess.PIPE, text=True) for one in commands]
    complaints = [process.communicate(timeout=300)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], complaints
    return [torch.load(file) for file in files]


@pytest.mark.parametrize("name", PARTS)
def test_two_processes_equal_one_with_the_doubled_batch(name: str, found: list[dict[str, list[Tensor]]]) -> None:
    model = OF_A_PROCESS["model_of"](PARTS[name])
    alone = OF_A_PROCESS["gradients"](model, OF_A_PROCESS["BATCH"], model.config.span_layers)
    assert len(alone) == len(found[0][name])
    for whole, *halves in zip(alone, found[0][name], found[1][name], strict=True):
        assert torch.equal(*halves)
        torch.testing.assert_close(halves[0], whole, rtol=0, atol=1e-10)
