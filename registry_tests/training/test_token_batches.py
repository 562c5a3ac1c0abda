"""Training in batches by tokens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from torch import Tensor

from spanreg.preparation import SpanCollator
from spanreg.registry import ConfigurationError, Params
from spanreg.training.loop.trainer import SpanTrainer
from spanreg.training.train import train

MakeConfig = Callable[..., dict[str, Any]]


@pytest.fixture
def shapes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """Record the shapes of the batches of a training."""
    seen: list[tuple[int, ...]] = []
    step = SpanTrainer.training_step

    def noted(trainer: SpanTrainer, model: Any, inputs: dict[str, Any], *rest: Any) -> Tensor:
        seen.append(tuple(inputs["input_ids"].shape))
        return step(trainer, model, inputs, *rest)

    monkeypatch.setattr(SpanTrainer, "training_step", noted)
    return seen


def test_a_run_keeps_to_the_budget(make_config: MakeConfig, tmp_path: Path, shapes: list[tuple[int, ...]]) -> None:
    metrics = train(Params(make_config({"tokens_per_batch": 150})), tmp_path / "run")
    assert metrics["training"]["examples"] == 64
    assert metrics["training"]["steps"] == len(shapes)
    assert sum(examples for examples, _ in shapes) == 64
    assert max(examples * tokens for examples, tokens in shapes) <= 150
    assert shapes[: len(shapes) // 2] != shapes[len(shapes) // 2 :]


def test_several_processes_are_refused(
    make_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transformers.TrainingArguments.world_size", 2)
    with pytest.raises(ConfigurationError) as error:
        train(Params(make_config({"tokens_per_batch": 150})), tmp_path / "run")
    assert "training.tokens_per_batch: tokens_per_batch makes batches for one process, and there are 2" in str(
        error.value
    )


def test_the_collator_is_the_usual_one(
    make_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    collate = SpanCollator.__call__

    def counted(collator: SpanCollator, examples: Any) -> dict[str, Tensor]:
        calls.append(len(examples))
        return collate(collator, examples)

    monkeypatch.setattr(SpanCollator, "__call__", counted)
    metrics = train(Params(make_config({"tokens_per_batch": 10_000, "epochs": 1})), tmp_path / "run")
    assert metrics["training"]["steps"] == 1
    assert calls[0] == 32
