"""A training in two processes equals one in a single process with the doubled batch size."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from safetensors.torch import load_file

from registry_tests.warm_python import WarmPython
from spanreg.registry import Params, include_package
from spanreg.training.runs.reader import finished_run
from spanreg.training.train import train

ENCODER_MODULE = """
from spanreg.encoders import Encoder
from spanreg.encoders.tiny import TinyEncoder
from spanreg.registry import Runtime


@Encoder.register("without_dropout")
class EncoderWithoutDropout(TinyEncoder):
    '''A tiny encoder without dropout.'''

    def __init__(self, texts: Runtime[list[str]] = ()) -> None:
        super().__init__(texts, dim=16, layers=1)
        self.config.hidden_dropout_prob = self.config.attention_probs_dropout_prob = 0.0
"""
"""Module with an encoder without dropout, which each process would draw separately."""

LAUNCHERS = {
    "torchrun": ["torch.distributed.run", "--standalone", "--nproc-per-node", "2"],
    "accelerate": [
        *("accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "--num_machines", "1"),
        *("--mixed_precision", "no", "--dynamo_backend", "no"),
    ],
}


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_two_processes_equal_one_with_the_doubled_batch_size(
    launcher: str, tmp_path: Path, warm_python: WarmPython, clean_registry: None
) -> None:
    (tmp_path / "own_encoder.py").write_text(ENCODER_MODULE)
    config = {
        "data": {"type": "demo", "limit": 32},
        "encoder": "without_dropout",
        "aggregator": "hierarchical_cnn",
        "fusion": {"type": "concat", "dropout": 0.0},
        "training": {"epochs": 2, "batch_size": 4, "learning_rate": 1e-3, "max_tokens": 32, "precision": "fp32"},
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    launch = [warm_python.program, "-m", *LAUNCHERS[launcher]]
    command = ["-m", "spanreg", "train", "config.json", "-s", "two", "--include-package", "own_encoder.py", "--json"]
    path = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    process = subprocess.run(
        [*launch, *command], cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True
    )
    assert process.returncode == 0, process.stderr
    include_package(str(tmp_path / "own_encoder.py"))
    config["training"]["batch_size"] = 8  # type: ignore[index]
    alone = train(Params(config), tmp_path / "one")
    together = finished_run(tmp_path / "two").read("metrics")
    assert json.loads(process.stdout) == together, "only the first process prints"
    assert together["training"]["steps"] == alone["training"]["steps"] == 8
    assert together["training"]["examples"] == alone["training"]["examples"] == 64
    alone_weights, together_weights = (
        load_file(tmp_path / name / "model" / "model.safetensors") for name in ("one", "two")
    )
    assert alone_weights.keys() == together_weights.keys()
    # The processes add the gradients in another order.
    assert max(float((alone_weights[name] - together_weights[name]).abs().max()) for name in alone_weights) < 1e-5
    assert (tmp_path / "two" / "train.log").read_text().count("training for 8 steps") == 1
