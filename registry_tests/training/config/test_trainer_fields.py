"""Other fields of transformers' TrainingArguments: checked by name and type, without importing transformers."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import TrainingArguments

from spanreg.registry import ConfigurationError, Params, plan_params
from spanreg.registry.handlers.foreign import fields_of
from spanreg.training.config.experiment import Experiment
from spanreg.training.config.options import TrainingOptions
from spanreg.training.config.trainer_arguments import trainer_arguments
from spanreg.training.config.trainer_fields import TrainerFields
from spanreg.training.train import train

MakeConfig = Callable[..., dict[str, Any]]
BASE = {"data": {"type": "demo"}, "encoder": {"type": "tiny"}}
CPU = torch.device("cpu")


def problems(extra: Any) -> list[str]:
    """Return the problems of a config with these other fields."""
    config = {**BASE, "training": {"extra": extra}}
    return [str(problem) for problem in plan_params(Experiment, Params(config)).problems]


def test_the_names_read_from_source_are_those_of_training_arguments() -> None:
    assert list(fields_of(*TrainerFields.foreign)) == [field.name for field in fields(TrainingArguments)]


def test_rejected_fields_exist_in_transformers() -> None:
    known = fields_of(*TrainerFields.foreign)
    # The lowest transformers that setup.cfg allows does not have them yet.
    newer = {"activation_checkpointing", "activation_checkpointing_kwargs"}
    assert {name for name in TrainerFields.reserved if name not in known} <= newer


def test_fields_that_spanreg_sets_are_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    arguments: dict[str, Any] = {}
    monkeypatch.setattr(
        "spanreg.training.config.trainer_arguments.TrainingArguments", lambda **values: arguments.update(values)
    )
    trainer_arguments(TrainingOptions(), Path("run"), seed=1, precision="fp32", device=CPU, evaluate=True)
    overridable = {"dataloader_pin_memory"}
    assert arguments.keys() - TrainerFields.reserved.keys() == overridable


@pytest.mark.parametrize(
    ("extra", "problem"),
    [
        (
            {"torch_compil": True},
            "training.extra.torch_compil: is not a field of TrainingArguments. did you mean 'torch_compile'? fields: ",
        ),
        ({"torch_compile": "yes"}, 'training.extra.torch_compile: is "yes", a string. give true or false'),
        ({"ddp_timeout": 1.5}, "training.extra.ddp_timeout: is 1.5, a number. give an integer"),
        ({"optim": "sgd"}, "training.extra.optim: cannot be set here. give training.optimizer"),
        ({"seed": 3}, "training.extra.seed: cannot be set here. give seed"),
        ([], "training.extra: is a list. give an object"),
    ],
)
def test_invalid_fields_are_reported_with_their_key(extra: Any, problem: str) -> None:
    (found,) = problems(extra)
    assert found.startswith(problem)


def test_rejected_fields_are_not_suggested() -> None:
    (found,) = problems({"max_stepss": 3})
    assert "'max_steps'" not in found


def test_check_knows_the_fields_without_importing_torch_or_transformers(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({**BASE, "training": {"extra": {"ddp_timeot": 3, "torch_compile": False}}}))
    program = (
        "import sys; from spanreg.cli.main import main; main(sys.argv[1:]);"
        " assert not {'torch', 'transformers'} & sys.modules.keys()"
    )
    process = subprocess.run(
        [sys.executable, "-c", program, "check", str(config)], capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stderr
    assert (
        "training.extra.ddp_timeot: is not a field of TrainingArguments. did you mean 'ddp_timeout'?" in process.stdout
    )


def test_values_that_transformers_rejects_are_reported_before_training(make_config: MakeConfig, tmp_path: Path) -> None:
    config = make_config({"extra": {"debug": "nonsense"}})
    with pytest.raises(ConfigurationError, match=r"^training\.extra: transformers rejects these fields: "):
        train(Params(config), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_fields_reach_the_trainer_arguments() -> None:
    experiment = Experiment.from_params(Params({**BASE, "training": {"extra": {"ddp_timeout": 7}}}))
    arguments = trainer_arguments(
        experiment.training, Path("run"), seed=1, precision="fp32", device=CPU, evaluate=False
    )
    assert arguments.ddp_timeout == 7
    assert arguments.seed == 1
