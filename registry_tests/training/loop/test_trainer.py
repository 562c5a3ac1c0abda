"""Differences from transformers' own Trainer."""

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
def test_the_matrix_products_of_a_step_are_in_the_precision(
    precision: str, dtype: torch.dtype, make_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[tuple[bool, torch.dtype]] = set()
    scored: set[torch.dtype] = set()
    forward = nn.Linear.forward

    def watched(layer: nn.Linear, values: Tensor) -> Tensor:
        result = forward(layer, values)
        if layer.out_features == 2:  # the head, which has two labels here
            scored.add(result.dtype)
        else:
            seen.add((layer.training, result.dtype))
        return result

    monkeypatch.setattr(nn.Linear, "forward", watched)
    metrics = train(Params(make_config({"max_steps": 1, "precision": precision})), tmp_path / "run")
    assert seen == {(True, dtype), (False, dtype)}
    assert scored == {torch.float32}
    assert metrics["training"]["precision"] == precision


def arguments(**options: Any) -> Any:
    return trainer_arguments(
        TrainingOptions(**options), Path("run"), seed=1, precision="fp32", device=CPU, evaluate=False
    )


@pytest.mark.parametrize(("warmup", "steps"), [(0.0, 0), (0.1, 10), (0.5, 50), (1.0, 100)])
def test_warmup_is_a_share_of_the_steps(warmup: float, steps: int) -> None:
    assert arguments(warmup=warmup).get_warmup_steps(100) == steps


def test_a_single_step_learns(make_config: MakeConfig, tmp_path: Path) -> None:
    metrics = train(Params(make_config({"max_steps": 1, "log_every": 1, "warmup": 0.1})), tmp_path / "run")
    assert metrics["curve"][0]["learning_rate"] > 0


@pytest.mark.parametrize("schedule", ["linear", "cosine", "polynomial", "inverse_sqrt", "constant"])
def test_every_schedule_trains(schedule: str, make_config: MakeConfig, tmp_path: Path) -> None:
    metrics = train(Params(make_config({"max_steps": 2, "schedule": schedule, "warmup": 0.5})), tmp_path / "run")
    assert metrics["training"]["steps"] == 2


def test_nothing_is_reported_and_what_is_saved_is_asked_for() -> None:
    made = arguments(checkpoint_every=None)
    assert made.report_to == []
    assert made.save_strategy == "no"
    assert arguments().save_strategy == "epoch"
    assert (arguments(checkpoint_every=7).save_strategy, arguments(checkpoint_every=7).save_steps) == ("steps", 7)
    assert made.logging_nan_inf_filter is False


def test_accumulated_batches_make_one_step(make_config: MakeConfig, tmp_path: Path) -> None:
    metrics = train(Params(make_config({"epochs": 1, "batch_size": 4, "accumulation": 4})), tmp_path / "run")
    assert metrics["training"]["steps"] == 2
    assert metrics["training"]["examples"] == 32


def test_an_overflowed_norm_is_left_out_of_the_curve() -> None:
    """The first steps of fp16 give such norms, and ``metrics.json`` could not be written with one."""
    log = [{"step": 1, "loss": 0.5, "grad_norm": math.inf}, {"step": 2, "eval_loss": 0.5}, {"step": 2, "loss": 0.25}]
    trainer: Any = SimpleNamespace(state=SimpleNamespace(log_history=log))
    assert SpanTrainer.learning_curve(trainer) == [{"step": 1, "loss": 0.5}, {"step": 2, "loss": 0.25}]
