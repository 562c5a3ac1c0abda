"""Config: loaded from files, Jsonnet text, dicts or classes, identified by its run id, and checked."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spanreg.api.checks import check
from spanreg.api.configs import Config, load_config
from spanreg.components import DemoReader, HierarchicalCnn, MaxMatchSegmenter, NgramDictionary, TinyEncoder
from spanreg.registry import ConfigurationError, Params
from spanreg.studies.define.inputs import code_hash, inputs_of
from spanreg.studies.define.plan import plan_study
from spanreg.studies.define.study import StudyDefinition

MakeConfig = Callable[..., dict[str, Any]]


@pytest.fixture
def text(corpus: Path) -> str:
    """Return a config in Jsonnet, with the values of ``config_of_classes``."""
    return f"""// A config as text.
{{
  data: {{ type: 'demo', limit: 32 }},
  encoder: {{ type: 'tiny', dim: 16, layers: 1 }},
  dictionary: {{ type: 'ngram', corpus: '{corpus}', max_n: 2 + 2 }},
  segmenter: {{ type: 'max_match' }},
  aggregator: {{ type: 'hierarchical_cnn', kernel_size: 3 }},
  training: {{ epochs: 2, learning_rate: 1e-3 }},
  seed: 13,
}}
"""


def config_of_classes(corpus: Path) -> dict[str, Any]:
    """Return a config of component classes, with its keys in another order and an integer written as a float."""
    return {
        "seed": 13,
        "training": {"learning_rate": 1e-3, "epochs": 2.0},
        "aggregator": HierarchicalCnn.config(kernel_size=3),
        "segmenter": MaxMatchSegmenter,
        "dictionary": NgramDictionary.config(corpus=corpus, max_n=4),
        "encoder": TinyEncoder.config(dim=16, layers=1),
        "data": DemoReader.config(limit=32),
    }


def test_equal_configs_of_all_forms_have_the_same_run_id(text: str, corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "config.jsonnet").write_text(text, encoding="utf-8")
    config = load_config(tmp_path / "config.jsonnet")
    sources = [text, config.to_dict(), config_of_classes(corpus), config, config.to_json()]
    loaded = [load_config(source) for source in (*sources, str(tmp_path / "config.jsonnet"), Params({**config}))]
    assert [other.to_dict() == config.to_dict() for other in loaded] == [True] * 7
    assert {other.run_id for other in loaded} == {config.run_id}
    assert config.changed({"training.epochs": 3}).run_id != config.run_id


def test_a_resolved_config_has_the_same_run_id(text: str, finished: Path, make_config: MakeConfig) -> None:
    config = load_config(text)
    resolved = config.resolved()
    assert resolved["training"]["batch_size"] == 32
    assert load_config(resolved.to_json()).run_id == resolved.run_id == config.run_id
    assert load_config(finished / "config.json").run_id == load_config(make_config()).run_id, "a run's own config"


def test_the_run_id_equals_that_in_a_study(text: str) -> None:
    config = load_config(text)
    without_seed = Config(Params({key: value for key, value in config.items() if key != "seed"}))
    params = Params({"base": config.to_dict(), "seeds": [13]})
    (run,) = plan_study(StudyDefinition.from_params(params.duplicate()), params).runs
    assert run.key(inputs_of(run.config), code_hash()) == config.run_id == without_seed.run_id


def test_overrides_and_dropped_keys(text: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        config = load_config(text, overrides={"aggregator.type": "mean_pool", "training.epochs": 1})
    assert (config["aggregator"], config["training"]["epochs"]) == ({"type": "mean_pool"}, 1)
    assert "aggregator.kernel_size: dropped" in caplog.text
    assert load_config(text, overrides="{'training.epochs': 1}")["training"]["epochs"] == 1
    with pytest.raises(ConfigurationError, match=r"--overrides trainning\.epochs: "):
        load_config(text, overrides={"trainning.epochs": 1})


def test_external_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_LIMIT", "3")
    source = "{ a: std.extVar('A'), b: std.extVar('B'), c: std.extVar('MY_LIMIT') }"
    config = load_config(source, ext_vars={"A": "x"}, ext_codes={"B": "1 + 1"}, ext_env=["MY_*"])
    assert config.to_dict() == {"a": "x", "b": 2, "c": "3"}


def test_a_config_is_read_only(text: str) -> None:
    config = load_config(text)
    config["training"]["epochs"] = 100
    config.to_dict()["seed"] = 1
    assert (config["training"]["epochs"], config["seed"]) == (2, 13)
    assert not hasattr(config, "__setitem__")


def test_check_reports_the_problems_of_the_command(text: str, tmp_path: Path) -> None:
    wrong = text.replace("kernel_size: 3", "kernel_sice: 3").replace("epochs: 2", "epochs: true")
    wrong = wrong.replace("'tiny'", "'tinny'")
    (tmp_path / "wrong.jsonnet").write_text(wrong, encoding="utf-8")
    command = [sys.executable, "-m", "spanreg", "check", str(tmp_path / "wrong.jsonnet")]
    printed = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    assert [str(problem) for problem in check(tmp_path / "wrong.jsonnet")] == printed
    assert len(printed) == 3
    of_text = [str(problem) for problem in check(wrong)]
    assert of_text == [line.replace(str(tmp_path / "wrong.jsonnet"), "config") for line in printed]
    assert str(check(wrong)) == repr(check(wrong)) == "\n".join(of_text)
    assert "aggregator.kernel_sice" in check(wrong)._repr_html_()
    assert check(text) == []
    assert "no problems" in check(text)._repr_html_()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("missing.jsonnet", "missing.jsonnet: there is no such file. give the path of a Jsonnet or JSON file"),
        ("{ a: 1, ", "config:1"),
        ("[1]\n", "config: evaluates to a list, not an object. start it with {"),
        (3, "the config is 3, an integer. give a file, Jsonnet text or a dict"),
        ({"a": {1}}, "a: is {1}"),
    ],
)
def test_unreadable_configs_are_rejected(source: Any, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_config(source)
    assert str(caught.value).startswith(message)
    assert list(map(str, check(source))) == str(caught.value).splitlines()


def test_a_study_has_no_run_id(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"is a study. use spanreg.Study, or name a config"):
        _ = load_config({"base": load_config(text).to_dict()}).run_id


def test_a_study_is_checked(text: str) -> None:
    config = load_config(text).to_dict()
    assert check({"base": config, "arms": {"plain": {"aggregator": "none"}}}) == []
    (problem,) = check({"base": config, "arms": {"plain": {"aggregator": "nome"}}})
    assert str(problem).startswith("arms.plain.aggregator.type: 'nome' is not registered for Aggregator. did you mean")


def test_html_of_a_config_is_ordered_and_escaped(
    text: str, hostile_texts: list[str], has_expected_elements: Callable[[str], bool]
) -> None:
    assert repr(load_config("{ a: 1 }")) == "Config({'a': 1})"
    html = load_config(text)._repr_html_()
    assert html.index("data.type") < html.index("encoder.dim") < html.index("seed"), "in the order of the text"
    for hostile_text in hostile_texts:
        config = Config(Params({hostile_text: {hostile_text: hostile_text}}))
        assert has_expected_elements(config._repr_html_())
    assert json.loads(load_config(text).to_json()) == load_config(text).to_dict()
