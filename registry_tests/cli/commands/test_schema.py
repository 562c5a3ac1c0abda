"""``spanreg schema``: it agrees with the plan on every shipped config and study, and on mutated ones."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from spanreg.cli.main import main
from spanreg.editor.config_schema import config_schema
from spanreg.registry import ConfigurationError, Params, plan_params, stand_in
from spanreg.training.config.experiment_plan import experiment_class, plan_experiment

CONFIGS = Path(__file__).parents[3] / "configs"
MUTANTS = 500
VALUES: list[Any] = [None, True, False, 0, 1, -1, 3, 0.5, -2.5, "", "max_match", "tiny", "none", "x", [], {}, ["a"]]
VALUES += [[1, 2], {"type": "single"}, {"type": "ngram", "corpus": "c"}, {"type": "nope"}, "a.b"]
VALUES += [{"type": "a.b"}, {"type": "spanreg.fusions.add.AddFusion"}]

Config = dict[str, Any]


@pytest.fixture
def validator(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Draft202012Validator:
    assert main(["schema", getattr(request, "param", "config")]) == 0
    schema = json.loads(capsys.readouterr().out)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@cache
def shipped(*, studies: bool) -> tuple[Config, ...]:
    """Return all shipped configs or studies, evaluated."""
    files = [file for file in sorted(CONFIGS.rglob("*.jsonnet")) if ("studies" in file.parts) == studies]
    return tuple(Params.from_file(file).as_dict(quiet=True) for file in files)


def plan_accepts(cls: type, config: Config) -> bool:
    return not plan_params(cls, Params(copy.deepcopy(config))).problems


def test_every_shipped_config_fits(validator: Draft202012Validator) -> None:
    configs = shipped(studies=False)
    assert len(configs) > 20
    for config in configs:
        validator.validate(config)


@pytest.mark.parametrize("validator", ["study"], indirect=True)
def test_every_shipped_study_fits(validator: Draft202012Validator) -> None:
    studies = shipped(studies=True)
    assert len(studies) > 15
    for study in studies:
        validator.validate(study)
        assert not validator.is_valid({**study, "seed": 1})
        assert not validator.is_valid({**study, "base": {**study["base"], "agregator": "none"}})


def test_schema_and_plan_agree_on_mutated_configs(validator: Draft202012Validator) -> None:
    draw, configs = random.Random(18), shipped(studies=False)
    mutants = [mutated(draw.choice(configs), draw) for _ in range(MUTANTS)]
    accepted = [plan_accepts(experiment_class(), mutant) for mutant in mutants]
    assert MUTANTS / 20 < sum(accepted) < MUTANTS / 2
    assert [validator.is_valid(mutant) for mutant in mutants] == accepted


def mutated(config: Config, draw: random.Random) -> Config:
    """Return a config with one key removed, renamed, added, or given another value."""
    config = copy.deepcopy(config)
    holder, key = draw.choice(list(places(config)))
    operation = draw.choice(["remove", "rename", "add", "replace", "replace", "replace"])
    if operation == "remove":
        del holder[key]
    elif operation == "rename" and isinstance(holder, dict):
        holder[f"{key}x"] = holder.pop(key)
    elif operation == "add" and isinstance(holder[key], dict):
        holder[key][draw.choice(["extra", "seed", "dropout", "type", "words"])] = draw.choice(VALUES)
    else:
        holder[key] = copy.deepcopy(draw.choice(VALUES))
    return config


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from places(value[key])


def test_a_study_with_a_wrong_key_is_refused_by_both() -> None:
    study = shipped(studies=True)[0]
    cls = stand_in("spanreg.studies.define.study", "StudyDefinition")
    assert plan_accepts(cls, study)
    assert not plan_accepts(cls, {**study, "seed": 1})


def test_an_included_component_is_part_of_the_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own_fusion.py").write_text(
        "from spanreg.fusions.base import Fusion\n\n\n@Fusion.register('own')\nclass OwnFusion(Fusion):\n"
        "    def __init__(self, strength: float = 0.5) -> None: ...\n"
    )
    monkeypatch.chdir(tmp_path)
    assert main(["schema", "--include-package", "own_fusion"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema["$defs"]["Fusion.own"]["properties"]["strength"]["default"] == 0.5


@pytest.mark.parametrize("form", [{"schema": 1}, {"schema": 1, "given": ["data.type"]}, {"schema": 9}, {"schemas": 1}])
def test_the_form_of_a_config_as_check_has_it(form: dict[str, Any]) -> None:
    config = {"data": {"type": "demo"}, "encoder": {"type": "tiny"}, "spanreg": form}
    try:
        is_sound = not plan_experiment(Params(config)).problems
    except ConfigurationError:
        is_sound = False
    assert Draft202012Validator(config_schema("config")).is_valid(config) is is_sound
    assert Draft202012Validator(config_schema("study")).is_valid({"base": config, "spanreg": form}) is is_sound
