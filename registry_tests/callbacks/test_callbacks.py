"""Callbacks by name: transformers' own, and ours."""

from __future__ import annotations

from collections.abc import Callable
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
SEEN: list[str] = []


class Witness(TrainerCallback):
    """Notes what it is told of."""

    def __init__(self, name: str = "witness") -> None:
        self.name = name

    def on_train_begin(self, *arguments: Any, **more: Any) -> None:
        SEEN.append(f"{self.name} begins")

    def on_step_end(self, *arguments: Any, **more: Any) -> None:
        SEEN.append(f"{self.name} steps")


def test_a_callback_of_transformers_hears_the_events(make_config: MakeConfig, tmp_path: Path) -> None:
    SEEN.clear()
    config = {"type": "transformers", "callback": f"{__name__}.Witness", "arguments": {"name": "mine"}}
    train(Params(make_config({"max_steps": 2, "callbacks": [config]})), tmp_path / "run")
    assert SEEN == ["mine begins", "mine steps", "mine steps"]


def test_wrong_arguments_are_named() -> None:
    config = {"type": "transformers", "callback": f"{__name__}.Witness", "arguments": {"names": "mine"}}
    with pytest.raises(ConfigurationError) as caught:
        Callback.from_params(config)
    assert str(caught.value).startswith("arguments: Witness does not take these arguments: ")


def test_what_is_no_callback_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="name a subclass of TrainerCallback"):
        Callback.from_params({"type": "transformers", "callback": "pathlib.Path"})


class Snapshots(TrainerCallback):
    """Copies the weights after every step."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Tensor]] = []

    def on_step_end(self, *arguments: Any, model: torch.nn.Module, **more: Any) -> None:
        self.taken.append({name: weight.detach().clone() for name, weight in model.named_parameters()})


def changed(before: dict[str, Tensor], after: dict[str, Tensor]) -> set[str]:
    return {name.partition(".")[0] for name in before if not torch.equal(before[name], after[name])}


def test_the_encoder_waits_for_the_new_parts(make_config: MakeConfig, tmp_path: Path) -> None:
    snapshots = Snapshots()
    options = {"max_steps": 4, "warmup": 0, "callbacks": [{"type": "freeze_encoder", "share": 0.5}]}
    train(Params(make_config(options)), tmp_path / "run", callbacks=[snapshots])
    steps = [changed(before, after) for before, after in zip(snapshots.taken, snapshots.taken[1:], strict=False)]
    assert steps[0] == {"aggregator", "head"}
    assert steps[1] == steps[2] == {"encoder", "aggregator", "head"}


def test_freeze_encoder_builds_from_a_config() -> None:
    assert isinstance(Callback.from_params("freeze_encoder"), FreezeEncoder)
    assert Callback.from_params("freeze_encoder").state_dict() == {}
