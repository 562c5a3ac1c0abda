"""The metrics of a task: their figures, their config, and the errors of wrong input."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from spanreg.data import Task
from spanreg.data.base import task_of_json
from spanreg.data.glue import GLUE_TASKS, GlueReader
from spanreg.metrics import evaluate, main_metric
from spanreg.metrics.task_metrics import require_fitting_metrics, task_with
from spanreg.registry import ConfigurationError

PARAPHRASE = Task("mrpc", "classification", ("no", "yes"), ("f1", "accuracy"), pair=True)
TOPICS = Task("topics", "multi_label", ("sport", "art"), ("multi_label_f1",), pair=False)
SIMILARITY = Task("stsb", "regression", (), ("pearson", "spearman"), pair=True)


def test_evaluate_returns_the_main_figure_first() -> None:
    figures = evaluate(PARAPHRASE, np.array([1, 1, 0, 0]), np.array([1, 0, 0, 0]))
    assert list(figures.items()) == [("f1", pytest.approx(2 / 3)), ("accuracy", 0.75)]
    assert main_metric(PARAPHRASE) == "f1"
    assert all(type(value) is float for value in figures.values())


def test_evaluate_a_regression() -> None:
    figures = evaluate(SIMILARITY, np.array([0.5, 1.0, 4.0]), np.array([1.0, 2.0, 3.0], dtype=np.float32))
    assert list(figures) == ["pearson", "spearman"]
    assert figures["spearman"] == pytest.approx(1.0)


def test_a_metric_may_be_a_config() -> None:
    task = replace(PARAPHRASE, metrics=({"type": "f1", "positive": "no"}, "accuracy"))
    assert task_of_json(json.loads(json.dumps(asdict(task)))) == task
    figures = evaluate(task, np.array([1, 1, 0, 0]), np.array([1, 0, 0, 0]))
    assert list(figures.items()) == [("f1", pytest.approx(4 / 5)), ("accuracy", 0.75)]
    assert main_metric(task) == "f1"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"bounds": 1e308}, "'bounds' is 1e+308, a number, where"),
        ({"bounds": [0.0]}, "'bounds' is a list, where"),
        ({"kind": "ranking"}, "'kind' is \"ranking\""),
        ({"labels": [1]}, "'labels.0' is 1, an integer, where a string is expected"),
        ({"metrics": [{"positive": "yes"}]}, "a metric has no 'type'"),
        ({"pair": None}, "'pair' is null"),
        ({"words": 1}, "'words' is unknown"),
    ],
)
def test_a_damaged_task_is_rejected(change: dict[str, Any], fault: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(fault)):
        task_of_json({**json.loads(json.dumps(asdict(SIMILARITY))), **change})


def test_a_wrong_metric_config_is_reported_with_its_path() -> None:
    task = replace(PARAPHRASE, metrics=("accuracy", {"type": "f1", "positive": "on"}))
    with pytest.raises(ConfigurationError, match="metrics.1.positive: the task has no label 'on'. labels: no, yes"):
        require_fitting_metrics(task)


def test_an_added_metric_replaces_a_figure_of_the_same_name() -> None:
    task, figure = task_with(PARAPHRASE, {"type": "f1", "positive": "no"})
    assert (figure, main_metric(task)) == ("f1", "f1")
    assert evaluate(task, np.array([1, 1, 0, 0]), np.array([1, 0, 0, 0]))["f1"] == pytest.approx(4 / 5)
    assert task_with(PARAPHRASE, "accuracy") == (PARAPHRASE, "accuracy")
    assert task_with(PARAPHRASE, None) == (PARAPHRASE, "f1")


@pytest.mark.parametrize("task", GLUE_TASKS)
def test_every_glue_task_can_be_evaluated(task: Any) -> None:
    glue_task = GlueReader(task).task
    figures = evaluate(glue_task, np.array([0, 1, 1]), np.array([0, 1, 0]))
    assert next(iter(figures)) == main_metric(glue_task)
    assert tuple(figures) == glue_task.metrics


@pytest.mark.parametrize(
    ("task", "predictions", "labels", "expected"),
    [
        (PARAPHRASE, [1, 0], [1], "predictions have the shape (2,), gold labels (1,)"),
        (PARAPHRASE, [[1, 0]], [[1, 0]], "predictions have the shape (1, 2)"),
        (PARAPHRASE, [], [], "no examples to evaluate for mrpc"),
        (PARAPHRASE, [1, 0, 1], [1, -1, -1], "2 of 3 examples have no gold label"),
        (SIMILARITY, [1.0, np.nan], [1.0, 2.0], "the prediction of example 1 (counted from 0) is nan"),
        (TOPICS, [[1, 0], [1, np.nan]], [[1, 0], [0, 1]], "the prediction of example 1 (counted from 0) is nan"),
        (SIMILARITY, [1.0, 2.0], [np.inf, 2.0], "the gold label of example 0 (counted from 0) is inf"),
    ],
)
def test_wrong_predictions_or_labels_are_rejected(
    task: Task, predictions: list[Any], labels: list[Any], expected: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        evaluate(task, np.array(predictions), np.array(labels))
    assert expected in str(caught.value)
