"""Checks of a config part by part, which give the same problems as checks of the whole config."""

from __future__ import annotations

from typing import Any

import pytest

from spanreg.registry import Params
from spanreg.studies.define import section_checks
from spanreg.studies.define.section_checks import ConfigChecker
from spanreg.training.config.experiment_plan import plan_experiment

BASE: dict[str, Any] = {"data": {"type": "demo"}, "encoder": "tiny", "training": {"epochs": 1}}
CONFIGS: tuple[dict[str, Any], ...] = (
    {},
    {"segmenter": "max_match"},
    {"segmenter": "max_match", "dictionary": {"type": "ngram", "corpus": "missing.txt"}},
    {"aggregator": {"type": "hierarchical_cnn", "kernel_size": 0}},
    {"aggregator": "multi_granularity"},
    {"training": {"epochs": 1, "learning_rate": -1.0, "epohs": 2}},
    {"training": 3},
    {"training": {}},
    {"trainin": {}},
    {"seed": True},
    {"seed": 1.0},
    {"head": "regression"},
    {"encoder": None},
    {"spanreg": {"schema": 1}},
)


@pytest.mark.parametrize("with_files", [True, False])
def test_checking_parts_finds_the_problems_of_the_whole_config(with_files: bool) -> None:
    checker = ConfigChecker(with_files=with_files)
    # Twice, so that the second round uses the remembered results of the first.
    for config in [*CONFIGS, *CONFIGS]:
        whole = {**BASE, **config}
        plan = plan_experiment(Params(whole))
        expected = plan.problems if with_files else plan.plan.problems
        assert list(checker.problems(whole)) == list(expected), config
    assert [problem.path for problem in checker.problems({"encoder": "tiny"})] == ["data"]


def test_each_distinct_part_is_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[Params] = []

    def record_and_plan(params: Params) -> Any:
        checked.append(params)
        return plan_experiment(params)

    monkeypatch.setattr(section_checks, "plan_experiment", record_and_plan)
    checker = ConfigChecker(with_files=True)
    for rate in (0.1, 0.2, 0.3):
        for decay in (0.1, 0.2, 0.3):
            config = {**BASE, "training": {"epochs": 1, "learning_rate": rate, "weight_decay": decay}}
            assert checker.problems(config) == []
    # Data and encoder, the number of epochs, three learning rates and three weight decays.
    assert len(checked) == 2 + 1 + 3 + 3
