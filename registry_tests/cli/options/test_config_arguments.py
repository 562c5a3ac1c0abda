"""The config that a command gets, with everything that the command line does to it."""

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
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.jsonnet").write_text(CONFIG)


def arguments(*given: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_config_arguments(parser)
    return parser.parse_args(given)


def read(*given: str) -> dict[str, Any]:
    return read_checked("x.jsonnet", arguments(*given)).params.as_dict(quiet=True)


def test_nothing_changes_without_arguments() -> None:
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


def test_a_swap_says_what_it_drops(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert read("--set", "aggregator.type=none")["aggregator"] == {"type": "none"}
    assert caplog.messages == ["aggregator.kernel_size: dropped, NoAggregator does not take it"]
    with pytest.raises(ConfigurationError, match="aggregator.kernel_size: is not an argument of NoAggregator"):
        read("-o", "{ 'aggregator.type': 'none', 'aggregator.kernel_size': 5 }")


def test_an_override_that_fits_nowhere() -> None:
    with pytest.raises(ConfigurationError) as caught:
        read("-o", '{"encodr.dim": 1}')
    assert str(caught.value) == (
        "--overrides encodr.dim: 'encodr' is not in the config. did you mean 'encoder'? keys there: aggregator, data"
    )


def test_variables_and_folders() -> None:
    Path("lib").mkdir()
    Path("lib/sizes.libsonnet").write_text("{ small: 16 }")
    Path("x.jsonnet").write_text(
        CONFIG.replace("32", "(import 'sizes.libsonnet').small")
        .replace("10", "std.extVar('N')")
        .replace("'demo'", "std.extVar('T')")
    )
    found = read("--jpath", "lib", "--ext-code", "N=3 + 4", "--ext-var", "T=demo")
    assert (found["encoder"]["dim"], found["data"]) == (16, {"type": "demo", "limit": 7})


def test_what_is_recorded_of_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLUE_TASK", "demo")
    Path("x.jsonnet").write_text(CONFIG.replace("10", "std.extVar('N')").replace("'demo'", "std.extVar('GLUE_TASK')"))
    flags = ["--ext-code", "N=7", "--ext-var", "M=2", "--ext-var", "UNUSED=3", "--ext-env", "GLUE_*"]
    given = arguments(*flags, "-o", "{ seed: std.parseInt(std.extVar('M')) }")
    given.argv = ["train", *flags]
    assert read_params("x.jsonnet", given)["seed"] == 2
    assert given.argv == ["train", *flags[:5], "UNUSED=***", *flags[6:]]


def test_read_params_checks_nothing() -> None:
    params = read_params("x.jsonnet", arguments("--set", "encoder.dim=word"))
    assert params["encoder"]["dim"] == "word"
    assert params.origin.file == "x.jsonnet"
    assert params.origin.lines["encoder.dim"] == 3


def test_pairs() -> None:
    assert pairs(["a=1", "b=2=3", "c="], "--ext-var") == {"a": "1", "b": "2=3", "c": ""}
    with pytest.raises(ConfigurationError, match="^--ext-var: 'a' has no '='. write NAME=VALUE$"):
        pairs(["a"], "--ext-var")
