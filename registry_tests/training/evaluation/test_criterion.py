"""Selection of the best evaluation, and early stopping."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spanreg.data.base import Task
from spanreg.metrics import Metric
from spanreg.metrics.task_metrics import task_with
from spanreg.registry import ConfigurationError, Lazy, Params
from spanreg.training.config.options import TrainingOptions
from spanreg.training.evaluation.criterion import BestEvaluation, SelectionCriterion, choose_criterion
from spanreg.training.train import train

MakeConfig = Callable[..., dict[str, Any]]
MRPC = Task("mrpc", "classification", ("no", "yes"), ("f1", "accuracy"), pair=True)
SPLITS = ["validation", "validation_mismatched"]


def test_the_default_is_the_main_metric_of_the_first_split() -> None:
    assert choose_criterion(TrainingOptions(), MRPC, SPLITS) == SelectionCriterion("validation", "f1", True)


@pytest.mark.parametrize(
    ("metric", "criterion"),
    [
        ("accuracy", SelectionCriterion("validation", "accuracy", True)),
        ("loss", SelectionCriterion("validation", "loss", False)),
        ("validation_mismatched.accuracy", SelectionCriterion("validation_mismatched", "accuracy", True)),
    ],
)
def test_a_metric_can_be_chosen_by_name_and_split(metric: str, criterion: SelectionCriterion) -> None:
    assert choose_criterion(TrainingOptions(metric=metric), MRPC, SPLITS) == criterion


def test_a_metric_can_be_chosen_by_its_config() -> None:
    metric: Lazy[Metric] = Lazy(Metric, {"type": "matthews_correlation"})
    task, _ = task_with(MRPC, metric)
    assert choose_criterion(TrainingOptions(metric=metric), task, SPLITS) == SelectionCriterion(
        "validation", "matthews_correlation", True
    )


@pytest.mark.parametrize("metric", ["acuracy", "matched.accuracy"])
def test_an_unknown_metric_is_rejected_with_the_known_ones(metric: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        choose_criterion(TrainingOptions(metric=metric), MRPC, SPLITS[:1])
    assert str(caught.value).startswith(f"training.metric: the task mrpc has no metric '{metric}'. did you mean")
    assert {"f1", "accuracy", "loss"} <= set(
        str(caught.value).replace("'", " ").replace(",", " ").replace("?", "").split()
    )


@pytest.mark.parametrize("options", [{"patience": 2}, {"metric": "f1"}, {"load": "best"}, {"keep_best": True}])
def test_keys_that_need_evaluations_need_a_split(options: dict[str, Any]) -> None:
    (key,) = options
    with pytest.raises(ConfigurationError) as caught:
        choose_criterion(TrainingOptions(**options), MRPC, [])
    assert str(caught.value) == (
        f"training.{key}: {key} needs evaluations, and the data have no split to evaluate on. give data with a split"
        " that is neither training nor test, or leave the key out"
    )


def test_data_without_evaluation_splits_have_no_criterion() -> None:
    assert choose_criterion(TrainingOptions(), MRPC, []) is None


def test_patience_without_evaluations_is_an_error(make_config: MakeConfig, tmp_path: Path) -> None:
    config = make_config({"patience": 2, "evaluate_every": None})
    with pytest.raises(ConfigurationError) as caught:
        train(Params(config), tmp_path / "run")
    assert str(caught.value) == ("training.patience: patience needs evaluate_every, which is null. give evaluate_every")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(("greater", "values", "step"), [(True, [1, 3, 3, 2], 2), (False, [2, 1, 1, 3], 2)])
def test_the_first_of_equal_evaluations_is_the_best(greater: bool, values: list[float], step: int) -> None:
    best = BestEvaluation(SelectionCriterion("validation", "f1", greater))
    better = [best.update({"validation": {"f1": value}}, number) for number, value in enumerate(values, start=1)]
    assert better == [True, True, False, False]
    assert (best.step, best.worse_since) == (step, 2)


def test_a_run_stops_after_its_patience(make_config: MakeConfig, tmp_path: Path) -> None:
    # The steps are too small to improve the loss, so that patience ends the run early.
    options = {"epochs": 50, "evaluate_every": 1, "patience": 3, "metric": "loss", "learning_rate": 1e-12}
    metrics = train(Params(make_config({**options, "precision": "bf16"})), tmp_path / "run")
    losses = [entry["splits"]["validation"]["loss"] for entry in metrics["evaluations"]]
    assert metrics["training"]["steps"] == len(losses) < 200  # 50 epochs of 4 steps
    # The best evaluation is the fourth from the end: three others, none of them better, follow it.
    assert min(losses[-3:]) >= min(losses[:-3]) < min(losses[:-4], default=9)


def test_evaluate_every_is_a_number_of_steps(make_config: MakeConfig, tmp_path: Path) -> None:
    metrics = train(Params(make_config({"evaluate_every": 3})), tmp_path / "run")
    assert [entry["step"] for entry in metrics["evaluations"]] == [3, 6, 8]  # and after the last step
