"""The private names of transformers' Trainer that ``SpanTrainer`` needs still exist, and there are no others."""

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
def test_transformers_still_has(name: str) -> None:
    found = getattr(Trainer, name, None)
    where = f"Trainer.{name} of transformers {transformers.__version__}"
    assert found is not None, f"{where} is gone. find its successor, and change spanreg/training/loop/trainer.py"
    parameters = list(inspect.signature(found).parameters)
    assert parameters == PARAMETERS[name], f"{where} takes {parameters}. change spanreg/training/loop/trainer.py"


def test_no_other_private_name_of_the_trainer_is_used() -> None:
    tree = ast.parse(inspect.getsource(trainer))
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr.startswith("_")}
    used |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    private = {name for name in used if name.startswith("_") and not name.endswith("__") and hasattr(Trainer, name)}
    assert private == set(TRAINER_INTERNALS), "list it in TRAINER_INTERNALS with its reason, or do without it"


def test_our_names_hide_no_name_of_the_trainer() -> None:
    """A new method of the base class must not be replaced by one of ours that has the same name by chance."""
    overridden = {"evaluate", "log", "training_step", "create_optimizer", "create_scheduler", "get_train_dataloader"}
    ours = {name for name in vars(SpanTrainer) if inspect.isfunction(vars(SpanTrainer)[name]) and name != "__init__"}
    assert {name for name in ours if hasattr(Trainer, name)} == {*overridden, "_save_checkpoint"}
