"""Config of a command: the file with the overrides, settings and variables of the command line."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import Any

import pytest

from spanreg.cli.options.config_arguments import add_config_arguments, pairs, read_checked, read_params
from spanreg.registry import ConfigurationError

CONFIG = """{
  data: { type: 'demo', limit: 10 },
  encoder: { type: 'tiny', dim: 32 },
  aggregator: { type: 'hierarchical_cnn', kernel_size: 3 },
}
"""


@pytest.fixture(autouse=True)
def working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Change to a folder with a config."""
    monkeypatch.chdir(tmp_path)
    Path("config.jsonnet").write_text(CONFIG)


def parse(*words: str) -> argparse.Namespace:
    """Return the parsed options of a command that takes a config."""
    parser = argparse.ArgumentParser()
    add_config_arguments(parser)
    return parser.parse_args(words)


def read(*words: str) -> dict[str, Any]:
    """Return the config with these options, after it is checked."""
    return read_checked("config.jsonnet", parse(*words)).params.as_dict(quiet=True)


def test_the_config_is_unchanged_without_options() -> None:
    assert read() == {
        "data": {"type": "demo", "limit": 10},
        "encoder": {"type": "tiny", "dim": 32},
        "aggregator": {"type": "hierarchical_cnn", "kernel_size": 3},
    }


def test_overrides_come_before_settings() -> None:
    assert read("-o", '{"data.limit": 5, "encoder.dim": 16}', "--set", "data.limit=6")["data"]["limit"] == 6
    assert read("-o", "{ data: { type: 'demo' } }")["data"] == {"type": "demo"}
    assert "limit" not in read("--set", "~data.limit")["data"]
    assert read("--set", "training.epochs=1", "--set", "training.batch_size=8")["training"] == {
        "epochs": 1,
        "batch_size": 8,
    }


def test_a_replaced_component_drops_its_old_options_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert read("--set", "aggregator.type=none")["aggregator"] == {"type": "none"}
    assert caplog.messages == ["aggregator.kernel_size: dropped, NoAggregator does not take it"]
    with pytest.raises(ConfigurationError, match="aggregator.kernel_size: is not an argument of NoAggregator"):
        read("-o", "{ 'aggregator.type': 'none', 'aggregator.kernel_size': 5 }")


def test_an_override_of_a_missing_key_gets_a_suggestion() -> None:
    with pytest.raises(ConfigurationError) as caught:
        read("-o", '{"encodr.dim": 1}')
    assert str(caught.value) == (
        "--overrides encodr.dim: 'encodr' is not in the config. did you mean 'encoder'? keys there: aggregator, data"
    )


def test_external_variables_and_import_folders_are_used() -> None:
    Path("lib").mkdir()
    Path("lib/sizes.libsonnet").write_text("{ small: 16 }")
    Path("config.jsonnet").write_text(
        CONFIG.replace("32", "(import 'sizes.libsonnet').small")
        .replace("10", "std.extVar('N')")
        .replace("'demo'", "std.extVar('T')")
    )
    found = read("--jpath", "lib", "--ext-code", "N=3 + 4", "--ext-var", "T=demo")
    assert (found["encoder"]["dim"], found["data"]) == (16, {"type": "demo", "limit": 7})


def test_the_recorded_command_line_hides_unused_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLUE_TASK", "demo")
    Path("config.jsonnet").write_text(
        CONFIG.replace("10", "std.extVar('N')").replace("'demo'", "std.extVar('GLUE_TASK')")
    )
    options = ["--ext-code", "N=7", "--ext-var", "M=2", "--ext-var", "UNUSED=3", "--ext-env", "GLUE_*"]
    arguments = parse(*options, "-o", "{ seed: std.parseInt(std.extVar('M')) }")
    arguments.argv = ["train", *options]
    assert read_params("config.jsonnet", arguments)["seed"] == 2
    assert arguments.argv == ["train", *options[:5], "UNUSED=***", *options[6:]]


def test_read_params_does_not_check_the_config() -> None:
    params = read_params("config.jsonnet", parse("--set", "encoder.dim=word"))
    assert params["encoder"]["dim"] == "word"
    assert params.origin.file == "config.jsonnet"
    assert params.origin.lines["encoder.dim"] == 3


def test_pairs_are_split_at_the_first_equals_sign() -> None:
    assert pairs(["a=1", "b=2=3", "c="], "--ext-var") == {"a": "1", "b": "2=3", "c": ""}
    with pytest.raises(ConfigurationError, match="^--ext-var: 'a' has no '='. write NAME=VALUE$"):
        pairs(["a"], "--ext-var")
