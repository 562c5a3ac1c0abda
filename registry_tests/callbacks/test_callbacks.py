"""Callbacks in a training: a class of transformers, and ``freeze_encoder``."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import TrainerCallback

from spanreg.callbacks import Callback
from spanreg.callbacks.freeze_encoder import FreezeEncoder
from spanreg.registry import ConfigurationError, Params
from spanreg.training.train import train

MakeConfig = Callable[..., dict[str, Any]]
EVENTS: list[str] = []


class EventRecorder(TrainerCallback):
    """Callback that records its events in ``EVENTS``."""

    def __init__(self, name: str = "recorder") -> None:
        self.name = name

    def on_train_begin(self, *arguments: Any, **more: Any) -> None:
        EVENTS.append(f"{self.name} begins")

    def on_step_end(self, *arguments: Any, **more: Any) -> None:
        EVENTS.append(f"{self.name} steps")


def test_a_callback_of_transformers_receives_the_events_of_a_training(make_config: MakeConfig, tmp_path: Path) -> None:
    EVENTS.clear()
    config = {"type": "transformers", "callback": f"{__name__}.EventRecorder", "arguments": {"name": "mine"}}
    train(Params(make_config({"max_steps": 2, "callbacks": [config]})), tmp_path / "run")
    assert EVENTS == ["mine begins", "mine steps", "mine steps"]


def test_unknown_arguments_of_a_callback_class_are_rejected() -> None:
    config = {"type": "transformers", "callback": f"{__name__}.EventRecorder", "arguments": {"names": "mine"}}
    with pytest.raises(ConfigurationError) as caught:
        Callback.from_params(config)
    assert str(caught.value).startswith("arguments: EventRecorder does not take these arguments: ")


def test_a_class_that_is_not_a_callback_is_rejected() -> None:
    with pytest.raises(ConfigurationError, match="name a subclass of TrainerCallback"):
        Callback.from_params({"type": "transformers", "callback": "pathlib.Path"})


class WeightSnapshots(TrainerCallback):
    """Callback that copies the weights after every step."""

    def __init__(self) -> None:
        self.snapshots: list[dict[str, Tensor]] = []

    def on_step_end(self, *arguments: Any, model: torch.nn.Module, **more: Any) -> None:
        self.snapshots.append({name: weight.detach().clone() for name, weight in model.named_parameters()})


def changed_parts(before: dict[str, Tensor], after: dict[str, Tensor]) -> set[str]:
    """Return the parts of the model (the first words of the names) whose weights differ."""
    return {name.partition(".")[0] for name in before if not torch.equal(before[name], after[name])}


def test_the_encoder_is_frozen_for_its_share_of_the_steps(make_config: MakeConfig, tmp_path: Path) -> None:
    recorder = WeightSnapshots()
    options = {"max_steps": 4, "warmup": 0, "callbacks": [{"type": "freeze_encoder", "share": 0.5}]}
    train(Params(make_config(options)), tmp_path / "run", callbacks=[recorder])
    steps = [changed_parts(before, after) for before, after in pairwise(recorder.snapshots)]
    # The snapshots start after the first step. Half of the four steps are frozen: the first and the second.
    assert steps[0] == {"aggregator", "head"}
    assert steps[1] == steps[2] == {"encoder", "aggregator", "head"}


def test_freeze_encoder_builds_from_a_config() -> None:
    assert isinstance(Callback.from_params("freeze_encoder"), FreezeEncoder)
    assert Callback.from_params("freeze_encoder").state_dict() == {}
