"""The ``training`` part of a config: defaults, and checks before anything is built."""

from __future__ import annotations

import pytest

from spanreg.registry import ConfigurationError, Params, plan_params
from spanreg.training.config.experiment import Experiment
from spanreg.training.config.options import TrainingOptions

BASE = {"data": {"type": "demo"}, "encoder": {"type": "tiny"}}


def problems(training: dict[str, object]) -> list[str]:
    """Return the problems of a config with this ``training`` part."""
    return [str(problem) for problem in plan_params(Experiment, Params({**BASE, "training": training})).problems]


def test_options_build_from_a_config() -> None:
    experiment = Experiment.from_params(Params({**BASE, "training": {"epochs": 2, "precision": "fp32"}, "seed": 3}))
    assert experiment.training == TrainingOptions(epochs=2, precision="fp32")
    assert experiment.seed == 3


def test_only_data_and_encoder_are_required() -> None:
    experiment = Experiment.from_params(Params(dict(BASE)))
    assert experiment.training == TrainingOptions()
    assert experiment.dictionary is None
    assert experiment.evaluation_splits == ["validation"]


@pytest.mark.parametrize(
    ("training", "path"),
    [
        ({"epochs": 0}, "training.epochs"),
        ({"epochs": "3"}, "training.epochs"),
        ({"batch_size": 0}, "training.batch_size"),
        ({"batch_size": 2.5}, "training.batch_size"),
        ({"learning_rate": -1e-5}, "training.learning_rate"),
        ({"warmup": 1.5}, "training.warmup"),
        ({"schedule": "linaer"}, "training.schedule"),
        ({"precision": "int8"}, "training.precision"),
        ({"group_by_length": 1}, "training.group_by_length"),
        ({"epoch": 3}, "training.epoch"),
    ],
)
def test_an_invalid_value_is_reported_with_its_key(training: dict[str, object], path: str) -> None:
    (problem,) = problems(training)
    assert problem.startswith(f"{path}: ")


def test_all_mistakes_are_reported_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Experiment.from_params(Params({"data": {"type": "demo"}, "training": {"epochs": 0, "clip": -1}, "seed": -1}))
    assert {problem.path for problem in caught.value.problems} == {
        "encoder",
        "training.epochs",
        "training.clip",
        "seed",
    }
