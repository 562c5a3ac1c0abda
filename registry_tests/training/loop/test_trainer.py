"""``SpanTrainer``: its differences from transformers' Trainer."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from spanreg.registry import Params
from spanreg.training.config.options import TrainingOptions
from spanreg.training.config.trainer_arguments import trainer_arguments
from spanreg.training.loop.trainer import SpanTrainer
from spanreg.training.train import train

MakeConfig = Callable[..., dict[str, Any]]
CPU = torch.device("cpu")


@pytest.mark.parametrize(("precision", "dtype"), [("bf16", torch.bfloat16), ("fp32", torch.float32)])
def test_matrix_products_of_training_and_evaluation_are_in_the_precision(
    precision: str, dtype: torch.dtype, make_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dtypes: set[tuple[bool, torch.dtype]] = set()
    logit_dtypes: set[torch.dtype] = set()
    forward = nn.Linear.forward

    def recording_forward(layer: nn.Linear, values: Tensor) -> Tensor:
        result = forward(layer, values)
        if layer.out_features == 2:  # the head, which has two labels here
            logit_dtypes.add(result.dtype)
        else:
            dtypes.add((layer.training, result.dtype))
        return result

    monkeypatch.setattr(nn.Linear, "forward", recording_forward)
    metrics = train(Params(make_config({"max_steps": 1, "precision": precision})), tmp_path / "run")
    assert dtypes == {(True, dtype), (False, dtype)}
    assert logit_dtypes == {torch.float32}
    assert metrics["training"]["precision"] == precision


def training_arguments(**options: Any) -> Any:
    """Return the arguments of transformers' Trainer for these options."""
    return trainer_arguments(
        TrainingOptions(**options), Path("run"), seed=1, precision="fp32", device=CPU, evaluate=False
    )


@pytest.mark.parametrize(("warmup", "steps"), [(0.0, 0), (0.1, 10), (0.5, 50), (1.0, 100)])
def test_warmup_is_a_share_of_the_steps(warmup: float, steps: int) -> None:
    assert training_arguments(warmup=warmup).get_warmup_steps(100) == steps


def test_the_only_step_of_a_run_has_a_learning_rate(make_config: MakeConfig, tmp_path: Path) -> None:
    metrics = train(Params(make_config({"max_steps": 1, "log_every": 1, "warmup": 0.1})), tmp_path / "run")
    # A tenth of one step is rounded up to a warm-up of one step, in which the learning rate would be 0.
    assert metrics["curve"][0]["learning_rate"] > 0


@pytest.mark.parametrize("schedule", ["linear", "cosine", "polynomial", "inverse_sqrt", "constant"])
def test_every_schedule_trains(schedule: str, make_config: MakeConfig, tmp_path: Path) -> None:
    metrics = train(Params(make_config({"max_steps": 2, "schedule": schedule, "warmup": 0.5})), tmp_path / "run")
    assert metrics["training"]["steps"] == 2


def test_trackers_are_off_and_checkpoints_follow_the_options() -> None:
    without_checkpoints = training_arguments(checkpoint_every=None)
    assert without_checkpoints.report_to == []
    assert without_checkpoints.save_strategy == "no"
    assert training_arguments().save_strategy == "epoch"
    every_seventh = training_arguments(checkpoint_every=7)
    assert (every_seventh.save_strategy, every_seventh.save_steps) == ("steps", 7)
    assert without_checkpoints.logging_nan_inf_filter is False


def test_accumulated_batches_make_one_step(make_config: MakeConfig, tmp_path: Path) -> None:
    metrics = train(Params(make_config({"epochs": 1, "batch_size": 4, "accumulation": 4})), tmp_path / "run")
    assert metrics["training"]["steps"] == 2
    assert metrics["training"]["examples"] == 32


def test_a_gradient_norm_that_is_not_finite_is_not_in_the_learning_curve() -> None:
    """The first steps of fp16 give such norms, and ``metrics.json`` could not be written with one."""
    log = [{"step": 1, "loss": 0.5, "grad_norm": math.inf}, {"step": 2, "eval_loss": 0.5}, {"step": 2, "loss": 0.25}]
    trainer: Any = SimpleNamespace(state=SimpleNamespace(log_history=log))
    assert SpanTrainer.learning_curve(trainer) == [{"step": 1, "loss": 0.5}, {"step": 2, "loss": 0.25}]
