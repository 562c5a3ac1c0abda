"""Mistakes in the options of a study: all are reported at once, each at its key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spanreg.registry import ConfigurationError, Params
from spanreg.studies.define.plan import StudyPlan, plan_study
from spanreg.studies.define.study import read_study

MakePlan = Callable[..., StudyPlan]

WRONG_STUDY = """{
  base: { data: { type: 'demo', limit: 32 }, encoder: 'tiny', aggregator: 'none' },
  seeds: { until: 'decided', at_most: 3, at_least: 5 },
  split: 'validation',
  slices: ['length > 3', 'length >', '1 < (2'],
  folds: 3,
  retries: 'two',
  search: { space: { 'training.epochs': [1], 'training.batch_size': [8, 8] } },
  tasks: { one: 1, two: 2 },
  arms: {
    good: { fusion: 'add' },
    bad: { agregator: 'none' },
    worse: { patch: { training: { epoch: 3 } }, sedes: [1] },
  },
  axes: { aggregator: [], segmenter: 'random' },
  exclude: [{ aggregator: 'none' }],
  baseline: 'aggregator=none',
}
"""


def test_all_mistakes_of_options_and_arms_are_reported_with_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "study.jsonnet"
    file.write_text(WRONG_STUDY)
    params = Params.from_file(file)
    with pytest.raises(ConfigurationError) as caught:
        plan_study(read_study(params), params)
    assert all(problem.file == str(file) for problem in caught.value.problems)
    found = [(problem.line, problem.path) for problem in caught.value.problems]
    assert found == [
        (3, "seeds.at_least"),
        (4, "split"),
        (5, "slices.1"),
        (5, "slices.2"),
        (7, "retries"),
        (8, "search.space.training.batch_size"),
        (8, "search.space.training.epochs"),
        (9, "tasks.one"),
        (9, "tasks.two"),
        (12, "arms.bad.agregator"),
        (13, "arms.worse.sedes"),
        (15, "axes.aggregator"),
        (15, "axes.segmenter"),
    ]


SEVERAL_MISTAKES: list[tuple[dict[str, Any], list[str]]] = [
    (
        {"axes": {"aggregator": ["none", "none", "max_pool", "max_pool"], "fusion": []}},
        ["axes.aggregator.1", "axes.aggregator.3", "axes.fusion"],
    ),
    ({"axes": ["aggregator", "segmenter"], "mode": "grid"}, ["axes.aggregator", "axes.segmenter"]),
    ({"axes": ["training", "data"], "mode": "leave_one_out"}, ["axes.data", "axes.training"]),
    (
        {"axes": {"training": [{}]}, "mode": "add_one", "exclude": [{"data": "demo"}]},
        ["axes.training", "exclude.0.data"],
    ),
    ({"tasks": ["rte", "rte", "rte"]}, ["tasks.1", "tasks.2"]),
    ({"slices": ["open('x') > 1 and label[0] == 'y'"]}, ["slices.0", "slices.0"]),
    ({"search": {"space": {"training.epochs": [1, 1, 2, 2]}}}, ["search.space.training.epochs"] * 2),
    (
        {
            "search": {
                "space": {
                    "training.epochs": {"low": 2.5, "high": 1, "integer": True},
                    "training.learning_rate": {"low": 0, "high": 0, "log": True},
                }
            }
        },
        [
            "search.space.training.epochs",
            "search.space.training.epochs.integer",
            "search.space.training.learning_rate",
            "search.space.training.learning_rate.log",
        ],
    ),
]


@pytest.mark.parametrize(("keys", "paths"), SEVERAL_MISTAKES)
def test_several_mistakes_of_one_option_are_all_reported(
    make_plan: MakePlan, keys: dict[str, Any], paths: list[str]
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make_plan(**keys)
    assert sorted(problem.path for problem in caught.value.problems) == paths


def test_an_invalid_base_is_reported_with_the_other_options() -> None:
    params = Params({"base": 3, "retries": "two"})
    with pytest.raises(ConfigurationError) as caught:
        read_study(params)
    assert [problem.path for problem in caught.value.problems] == ["base", "retries"]


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"folds": 1}, "folds: is 1. give at least 2"),
        ({"folds": 3, "split": "validation"}, "split: with folds, every arm is scored on its held-out folds"),
        ({"folds": 3, "search": {"space": {"training.epochs": [1, 2]}}}, "search: a search would choose settings by"),
    ],
)
def test_folds_that_contradict_other_options_are_reported(
    make_plan: MakePlan, keys: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        make_plan(**keys)
