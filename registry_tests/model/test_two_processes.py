"""Distributed training: two processes with half of a batch each compute the gradients of one with the whole batch."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import torch
from torch import Tensor

from registry_tests.model.ddp_worker import BATCH, PARTS, build_model, second_step_gradients
from registry_tests.warm_python import WarmPython

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def worker_gradients(
    tmp_path_factory: pytest.TempPathFactory, warm_python: WarmPython
) -> list[dict[str, list[Tensor]]]:
    """Return the gradients of both processes, by the name of the model."""
    folder = tmp_path_factory.mktemp("two")
    files = [folder / f"{rank}.pt" for rank in (0, 1)]
    program = [warm_python.program, "-m", "registry_tests.model.ddp_worker"]
    commands = [[*program, str(rank), folder / "rendezvous", file] for rank, file in enumerate(files)]
    processes = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for command in commands]
    errors = [process.communicate(timeout=300)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], errors
    return [torch.load(file) for file in files]


@pytest.mark.parametrize("name", PARTS)
def test_two_processes_have_the_gradients_of_one_with_the_whole_batch(
    name: str, worker_gradients: list[dict[str, list[Tensor]]]
) -> None:
    model = build_model(PARTS[name])
    expected = second_step_gradients(model, BATCH, model.config.span_layers)
    assert len(expected) == len(worker_gradients[0][name])
    for whole, first, second in zip(expected, worker_gradients[0][name], worker_gradients[1][name], strict=True):
        assert torch.equal(first, second)  # DDP averages the gradients over the processes
        torch.testing.assert_close(first, whole, rtol=0, atol=1e-10)
