"""``spanreg schema``: it agrees with ``spanreg check`` on shipped and on mutated configs and studies."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from registry_tests.shipped_configs import SHIPPED_CONFIGS, shipped_config
from spanreg.cli.main import main
from spanreg.editor.config_schema import config_schema
from spanreg.registry import ConfigurationError, Params, plan_params, stand_in
from spanreg.training.config.experiment_plan import experiment_class, plan_experiment

MUTANTS = 500
# Values of every JSON type, names of components, and dotted paths: what ``mutated`` puts in the place of a value.
VALUES: list[Any] = [None, True, False, 0, 1, -1, 3, 0.5, -2.5, "", "max_match", "tiny", "none", "x", [], {}, ["a"]]
VALUES += [[1, 2], {"type": "single"}, {"type": "ngram", "corpus": "c"}, {"type": "nope"}, "a.b"]
VALUES += [{"type": "a.b"}, {"type": "spanreg.fusions.add.AddFusion"}]

RELATIONS = ("is not a multiple of", "exceeds", "cannot be combined with", ", which is null", "needs truncation:")
"Problems of two arguments together; JSON Schema does not compare values with one another."

Config = dict[str, Any]


@pytest.fixture
def validator(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Draft202012Validator:
    """Return a validator with the schema of configs; an indirect parameter names another schema."""
    assert main(["schema", getattr(request, "param", "config")]) == 0
    schema = json.loads(capsys.readouterr().out)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def shipped_configs(*, studies: bool) -> list[Config]:
    """Return all shipped configs, or all shipped studies, evaluated."""
    return [shipped_config(file) for file in SHIPPED_CONFIGS if ("studies" in file.parts) == studies]


def plan_accepts(cls: type, config: Config) -> bool:
    """Return whether a config has no problems, as ``spanreg check`` finds them, that a schema can express."""
    problems = plan_params(cls, Params(copy.deepcopy(config))).problems
    return not [one for one in problems if not any(words in one.problem for words in RELATIONS)]


def test_every_shipped_config_is_valid(validator: Draft202012Validator) -> None:
    configs = shipped_configs(studies=False)
    assert len(configs) > 20
    for config in configs:
        validator.validate(config)


@pytest.mark.parametrize("validator", ["study"], indirect=True)
def test_every_shipped_study_is_valid(validator: Draft202012Validator) -> None:
    studies = shipped_configs(studies=True)
    assert len(studies) > 15
    for study in studies:
        validator.validate(study)
        assert not validator.is_valid({**study, "seed": 1})
        assert not validator.is_valid({**study, "base": {**study["base"], "agregator": "none"}})


def test_schema_and_plan_agree_on_mutated_configs(validator: Draft202012Validator) -> None:
    draw, configs = random.Random(18), shipped_configs(studies=False)
    mutants = [mutated(draw.choice(configs), draw) for _ in range(MUTANTS)]
    accepted = [plan_accepts(experiment_class(), mutant) for mutant in mutants]
    # Enough valid and enough invalid ones, so that neither answer is right for all.
    assert MUTANTS / 20 < sum(accepted) < MUTANTS / 2
    assert [validator.is_valid(mutant) for mutant in mutants] == accepted


def mutated(config: Config, draw: random.Random) -> Config:
    """Return a copy of a config in which one key is removed, renamed, added, or has another value."""
    config = copy.deepcopy(config)
    holder, key = draw.choice(list(holders_and_keys(config)))
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


def holders_and_keys(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every key and every index in a value, after the object or list that has it."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from holders_and_keys(value[key])


def test_the_plan_refuses_a_study_with_an_unknown_key() -> None:
    study = shipped_configs(studies=True)[0]
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
def test_the_key_spanreg_is_validated_as_by_check(form: dict[str, Any]) -> None:
    config = {"data": {"type": "demo"}, "encoder": {"type": "tiny"}, "spanreg": form}
    try:
        is_valid = not plan_experiment(Params(config)).problems
    except ConfigurationError:
        is_valid = False
    assert Draft202012Validator(config_schema("config")).is_valid(config) is is_valid
    assert Draft202012Validator(config_schema("study")).is_valid({"base": config, "spanreg": form}) is is_valid
