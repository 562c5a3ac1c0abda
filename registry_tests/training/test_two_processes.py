"""Two processes of one training equal one process with the doubled batch."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from registry_tests.warm_python import WarmPython
from spanreg.registry import Params, include_package
from spanreg.training.runs.reader import finished_run
from spanreg.training.train import train

STILL = """
from spanreg.encoders import Encoder
from spanreg.encoders.tiny import TinyEncoder
from spanreg.registry import Runtime


@Encoder.register("still")
class Still(TinyEncoder):
    '''A tiny encoder that drops nothing out.'''

    def __init__(self, texts: Runtime[list[str]] = ()) -> None:
        super().__init__(texts, dim=16, layers=1)
        self.config.hidden_dropout_prob = self.config.attention_probs_dropout_prob = 0.0
"""


LAUNCHERS = {
    "torchrun": ["torch.distributed.run", "--standalone", "--nproc-per-node", "2"],
    "accelerate": [
        *("accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "--num_machines", "1"),
        *("--mixed_precision", "no", "--dynamo_backend", "no"),
    ],
}


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_they_equal_one_with_the_doubled_batch(
    launcher: str, tmp_path: Path, warm_python: WarmPython, clean_registry: None
) -> None:
    (tmp_path / "still_encoder.py").write_text(STILL)
    config = {
        "data": {"type": "demo", "limit": 32},
        "encoder": "still",
        "aggregator": "hierarchical_cnn",
        "fusion": {"type": "concat", "dropout": 0.0},
        "training": {"epochs": 2, "batch_size": 4, "learning_rate": 1e-3, "max_tokens": 32, "precision": "fp32"},
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    launch = [warm_python.program, "-m", *LAUNCHERS[launcher]]
    command = ["-m", "spanreg", "train", "config.json", "-s", "two", "--include-package", "still_encoder.py", "--json"]
    path = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [*launch, *command], cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    include_package(str(tmp_path / "still_encoder.py"))
    config["training"]["batch_size"] = 8  # type: ignore[index]
    alone = train(Params(config), tmp_path / "one")
    together = finished_run(tmp_path / "two").read("metrics")
    assert json.loads(done.stdout) == together, "only the first process speaks"
    assert together["training"]["steps"] == alone["training"]["steps"] == 8
    assert together["training"]["examples"] == alone["training"]["examples"] == 64
    one, two = (load_file(tmp_path / name / "model" / "model.safetensors") for name in ("one", "two"))
    assert max(float((one[name] - two[name]).abs().max()) for name in one) < 1e-5
    assert all(torch.allclose(one[name], two[name], atol=1e-5) for name in one)
    assert (tmp_path / "two" / "train.log").read_text().count("training for 8 steps") == 1
