"""Training with ``tokens_per_batch``: batches by their number of tokens."""

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
def batch_shapes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """Return a list to which training adds the shape of every batch."""
    shapes: list[tuple[int, ...]] = []
    step = SpanTrainer.training_step

    def recording_step(trainer: SpanTrainer, model: Any, inputs: dict[str, Any], *rest: Any) -> Tensor:
        shapes.append(tuple(inputs["input_ids"].shape))
        return step(trainer, model, inputs, *rest)

    monkeypatch.setattr(SpanTrainer, "training_step", recording_step)
    return shapes


def test_batches_of_a_run_stay_within_the_budget(
    make_config: MakeConfig, tmp_path: Path, batch_shapes: list[tuple[int, ...]]
) -> None:
    metrics = train(Params(make_config({"tokens_per_batch": 150})), tmp_path / "run")
    assert metrics["training"]["examples"] == 64
    assert metrics["training"]["steps"] == len(batch_shapes)
    assert sum(examples for examples, _ in batch_shapes) == 64
    assert max(examples * tokens for examples, tokens in batch_shapes) <= 150
    half = len(batch_shapes) // 2
    assert batch_shapes[:half] != batch_shapes[half:], "both epochs have the same batches"


def test_several_processes_are_rejected(
    make_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transformers.TrainingArguments.world_size", 2)  # as if started by torchrun
    with pytest.raises(ConfigurationError) as caught:
        train(Params(make_config({"tokens_per_batch": 150})), tmp_path / "run")
    assert "training.tokens_per_batch: tokens_per_batch makes batches for one process, and there are 2" in str(
        caught.value
    )


def test_batches_are_made_by_the_span_collator(
    make_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []
    collate = SpanCollator.__call__

    def recording_call(collator: SpanCollator, examples: Any) -> dict[str, Tensor]:
        sizes.append(len(examples))
        return collate(collator, examples)

    monkeypatch.setattr(SpanCollator, "__call__", recording_call)
    metrics = train(Params(make_config({"tokens_per_batch": 10_000, "epochs": 1})), tmp_path / "run")
    assert metrics["training"]["steps"] == 1
    assert sizes[0] == 32
