"""Resolved configs: they have all defaults, and read as the configs that they were made from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import _jsonnet
import pytest

from registry_tests.shipped_configs import SHIPPED_CONFIGS, shipped_config
from spanreg.cli.rendering.jsonnet import spell_data
from spanreg.registry import ConfigurationError, Params, plan_params
from spanreg.storage import hash_json
from spanreg.training.config.experiment_plan import experiment_class, plan_experiment
from spanreg.training.config.forms.current import current_config, resolved_config
from spanreg.training.config.forms.upgrades import FORM, SCHEMA

MINIMAL = {"data": {"type": "demo"}, "encoder": "tiny", "training": {}}
UNUSUAL = {
    "data": {"type": "csv", "files": {"train": "a.b.csv", "validation.x": "c"}, "text": "t", "label": "l"},
    "encoder": {"type": "tiny", "dim": 32},
    "dictionary": {"type": "union", "dictionaries": ["empty", {"type": "empty"}]},
    "segmenter": {"type": "random", "matched_to": "max_match"},
    "training": {"callbacks": [{"type": "tensorboard"}], "groups": [{"parameters": "x"}], "warmup": 0.1},
    "head": None,
    "seed": 13,
}


@pytest.mark.parametrize("file", SHIPPED_CONFIGS, ids=lambda file: file.stem)
def test_resolving_keeps_the_hash_of_every_shipped_config(file: Path) -> None:
    values = shipped_config(file)
    config = values.get("base", values)
    resolved = resolved_config(config)
    assert resolved is not None
    parsed = json.loads(_jsonnet.evaluate_snippet("resolved.jsonnet", spell_data(resolved)))
    assert hash_json(current_config(parsed)) == hash_json(config)
    # Every default is valid as it is written.
    with_defaults = {key: value for key, value in parsed.items() if key != FORM}
    assert plan_params(experiment_class(), with_defaults).problems == ()
    assert parsed["training"]["weight_decay"] is not None


@pytest.mark.parametrize("config", [MINIMAL, UNUSUAL])
def test_a_resolved_config_reads_as_the_original(config: dict[str, Any]) -> None:
    resolved = json.loads(json.dumps(resolved_config(config)))
    assert current_config(resolved) == config
    assert plan_experiment(Params(resolved)).params.as_dict(quiet=True) == config


def test_a_changed_default_is_kept() -> None:
    resolved: Any = resolved_config(MINIMAL)
    resolved["training"]["warmup"] = 0.2
    resolved["encoder"]["layers"] = 4
    resolved["aggregator"]["type"] = "flat_cnn"
    assert current_config(resolved) == {
        "data": {"type": "demo"},
        "encoder": {"type": "tiny", "layers": 4},
        "training": {"warmup": 0.2},
        "aggregator": {"type": "flat_cnn"},
    }


def test_an_item_added_to_a_list_is_kept() -> None:
    resolved: Any = resolved_config({**MINIMAL, "training": {"callbacks": [{"type": "tensorboard"}]}})
    resolved["training"]["callbacks"].append("mlflow")
    callbacks = current_config(resolved)["training"]["callbacks"]
    assert [callback if isinstance(callback, str) else callback["type"] for callback in callbacks] == [
        "tensorboard",
        "mlflow",
    ]


def test_a_removed_default_is_ignored() -> None:
    resolved: Any = resolved_config(MINIMAL)
    del resolved["training"]["warmup"], resolved["fusion"]
    assert current_config(resolved) == MINIMAL


def test_mistakes_in_a_resolved_config_are_reported_with_their_path() -> None:
    resolved: Any = resolved_config(MINIMAL)
    resolved["training"]["warm_up"] = 1
    problems = plan_experiment(Params(resolved)).problems
    assert [(problem.path, problem.problem) for problem in problems] == [
        ("training.warm_up", "is not an argument of TrainingOptions")
    ]
    assert resolved_config({"data": 3}) is None


@pytest.mark.parametrize(
    ("form", "message"),
    [
        (3, "spanreg.schema: the config has schema version 3, and this version of spanreg reads up to 1"),
        ({"schema": 0}, "spanreg.schema: is 0, an integer. give a version from 1 to 1"),
        ({"schema": True}, "spanreg.schema: is true, a boolean. give a version from 1 to 1"),
        ({"schemas": 1}, "spanreg: is not the form of a config. write { schema: 1 }, or remove the key"),
        ({"given": "all"}, "spanreg.given: is not a list of keys. remove the key"),
    ],
)
def test_an_invalid_form_is_rejected(form: Any, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        plan_experiment(Params({**MINIMAL, FORM: form}))
    assert str(caught.value).startswith(message)


def test_the_schema_version_alone_is_accepted() -> None:
    assert plan_experiment(Params({**MINIMAL, FORM: {"schema": SCHEMA}})).params.as_dict(quiet=True) == MINIMAL
