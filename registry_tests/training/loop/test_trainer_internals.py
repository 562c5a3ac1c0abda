"""``TRAINER_INTERNALS``: the private methods of transformers' Trainer that ``SpanTrainer`` uses still exist."""

from __future__ import annotations

import ast
import inspect

import pytest
import transformers
from transformers import Trainer

from spanreg.training.loop import trainer
from spanreg.training.loop.trainer import TRAINER_INTERNALS, SpanTrainer

PARAMETERS = {
    "_save_checkpoint": ["self", "model", "trial"],
    "_save_optimizer_and_scheduler": ["self", "output_dir"],
    "_save_scaler": ["self", "output_dir"],
    "_save_rng_state": ["self", "output_dir"],
    "_load_from_checkpoint": ["self", "resume_from_checkpoint", "model"],
}


@pytest.mark.parametrize("name", TRAINER_INTERNALS)
def test_internals_still_exist_with_these_parameters(name: str) -> None:
    method = getattr(Trainer, name, None)
    where = f"Trainer.{name} of transformers {transformers.__version__}"
    assert method is not None, f"{where} is gone. find its successor, and change spanreg/training/loop/trainer.py"
    parameters = list(inspect.signature(method).parameters)
    assert parameters == PARAMETERS[name], f"{where} takes {parameters}. change spanreg/training/loop/trainer.py"


def test_no_other_private_name_of_the_trainer_is_used() -> None:
    tree = ast.parse(inspect.getsource(trainer))
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr.startswith("_")}
    used |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    private = {name for name in used if name.startswith("_") and not name.endswith("__") and hasattr(Trainer, name)}
    assert private == set(TRAINER_INTERNALS), "list it in TRAINER_INTERNALS with its reason, or do without it"


def test_no_method_overrides_one_of_the_trainer_by_accident() -> None:
    """A new release of transformers may add a method whose name is already used here."""
    overridden = {"evaluate", "log", "training_step", "create_optimizer", "create_scheduler", "get_train_dataloader"}
    methods = {name for name in vars(SpanTrainer) if inspect.isfunction(vars(SpanTrainer)[name]) and name != "__init__"}
    assert {name for name in methods if hasattr(Trainer, name)} == {*overridden, "_save_checkpoint"}
