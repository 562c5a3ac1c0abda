"""Upgrades: configs, studies and run folders of earlier versions can be loaded."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from typing import Any

import pytest

from spanreg.registry import ConfigurationError, Params
from spanreg.studies.define.study import StudyDefinition
from spanreg.studies.define.study_file import in_file_order
from spanreg.training.config.experiment_plan import plan_experiment
from spanreg.training.config.forms import current, upgrades
from spanreg.training.runs.reader import RunReader
from spanreg.training.serving.saved_run import SavedRun

FROZEN = Path(__file__).parents[3] / "frozen"
CONFIGS = Path(__file__).parents[4] / "configs"


def upgrade(config: dict[str, Any]) -> dict[str, Any]:
    """Rename ``training.rate`` to ``training.learning_rate``, as an upgrade might."""
    training = config.get("training")
    if not isinstance(training, dict) or "rate" not in training:
        return config
    renamed = {("learning_rate" if key == "rate" else key): value for key, value in training.items()}
    return {**config, "training": renamed}


@pytest.fixture
def second_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add a second schema, so that configs of the first one need an upgrade."""
    monkeypatch.setitem(upgrades.UPGRADES, 1, upgrade)
    for module in (upgrades, current):
        monkeypatch.setattr(module, "SCHEMA", 2)
    monkeypatch.setattr("spanreg.studies.define.study_file.SCHEMA", 2)


FIRST_SCHEMA = {"data": {"type": "demo"}, "encoder": {"type": "tiny"}, "training": {"rate": 0.5}}
SECOND_SCHEMA = {**FIRST_SCHEMA, "training": {"learning_rate": 0.5}}


@pytest.mark.usefixtures("second_schema")
def test_a_config_of_the_first_schema_is_upgraded(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "spanreg")
    assert plan_experiment(Params(FIRST_SCHEMA)).params.as_dict(quiet=True) == SECOND_SCHEMA
    assert caplog.messages == ["the config has schema version 1, read as version 2: changed training"]
    assert plan_experiment(Params({**FIRST_SCHEMA, "spanreg": {"schema": 1}})).problems == []
    assert [
        problem.path for problem in plan_experiment(Params({**FIRST_SCHEMA, "spanreg": {"schema": 2}})).problems
    ] == ["training.rate"]


@pytest.mark.usefixtures("second_schema")
def test_a_study_of_the_first_schema_is_upgraded() -> None:
    arms = {"slow": {"training": {"rate": 0.1}}, "fast": {"patch": {"training": {"rate": 0.9}}, "seeds": [1]}}
    values = in_file_order(Params({"base": FIRST_SCHEMA, "arms": arms, "spanreg": {"schema": 1}}))
    planned_arms, problems = StudyDefinition(**values).arms()
    assert problems == []
    rates = {arm.name: arm.config["training"] for arm in planned_arms}
    assert rates == {name: {"learning_rate": rate} for name, rate in (("base", 0.5), ("slow", 0.1), ("fast", 0.9))}


@pytest.mark.usefixtures("second_schema")
def test_the_config_of_a_run_is_upgraded_from_its_own_schema(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(FIRST_SCHEMA))
    assert RunReader(tmp_path).config() == SECOND_SCHEMA
    (tmp_path / "config.resolved.json").write_text(json.dumps({"spanreg": {"schema": 2}}))
    assert RunReader(tmp_path).config() == FIRST_SCHEMA


def test_a_run_of_a_newer_schema_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(FIRST_SCHEMA))
    (tmp_path / "config.resolved.json").write_text(json.dumps({"spanreg": {"schema": 9}}))
    with pytest.raises(ConfigurationError, match="install a newer version of spanreg"):
        RunReader(tmp_path).config()


@pytest.mark.parametrize("file", sorted((CONFIGS / "aggregators").glob("*.jsonnet"))[:3], ids=lambda file: file.stem)
def test_upgrades_do_not_change_current_configs(file: Path) -> None:
    values = Params.from_file(file).as_dict(quiet=True)
    assert upgrades.upgraded(values, 1) == values


def test_there_is_an_upgrade_from_each_version() -> None:
    assert sorted(upgrades.UPGRADES) == list(range(1, upgrades.SCHEMA))


def test_the_frozen_config_of_0_1_has_no_problems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FROZEN)
    plan = plan_experiment(Params.from_file("config_0_1.jsonnet"))
    assert plan.problems == []
    assert plan.params.as_dict(quiet=True) == RunReader(FROZEN / "run_0_1").config()


def test_the_frozen_run_of_0_1_predicts(tmp_path: Path) -> None:
    shutil.copytree(FROZEN / "run_0_1", tmp_path / "run")
    reader = RunReader(tmp_path / "run")
    reader.verify()
    assert reader.read("metrics")["splits"]["validation"]["accuracy"] == 0.625
    assert len(reader.read_predictions("validation")) == 64
    assert SavedRun(tmp_path / "run").score(["a red herring"]).predictions[0] in (0, 1)
