"""``spanreg explain``: the keys of a config or study, and the places that set their values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from spanreg.cli.main import main
from spanreg.studies.define import plan

BASE = """function(epochs=3) {
  data: { type: 'demo' },
  encoder: { type: 'tiny', dim: 32 },
  training: { epochs: epochs },
}
"""
CONFIG = "(import 'base.libsonnet')(epochs=2) {\n  aggregator: 'hierarchical_cnn',\n}\n"
STUDY = """{
  base: import 'config.jsonnet',
  seeds: [1, 2],
  arms: {
    plain: { aggregator: 'none' },
    longer: { patch: { training: { epochs: 4 } }, seeds: [5] },
  },
}
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Change to a folder with a config and a study, and return it."""
    monkeypatch.chdir(tmp_path)
    Path("base.libsonnet").write_text(BASE)
    Path("config.jsonnet").write_text(CONFIG)
    Path("study.jsonnet").write_text(STUDY)
    return tmp_path


def explain(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, dict[str, Any]]:
    """Return the explain keys by their paths."""
    assert main(["explain", *arguments, "--json"]) == 0
    return {key["path"]: key for key in json.loads(capsys.readouterr().out)["keys"]}


def test_each_key_of_a_config_has_its_value_type_and_place(capsys: pytest.CaptureFixture[str]) -> None:
    keys = explain(capsys, "config.jsonnet", "--set", "encoder.layers=1", "-o", "{'encoder.dim': 16}")
    assert keys["training.epochs"]["value"] == 2
    assert keys["training.epochs"]["from"] == {"kind": "literal", "file": "config.jsonnet", "line": 1}
    assert keys["training.epochs"]["type"] == "a number, more than 0"
    assert keys["training.epochs"]["about"] == "Passes over the training set; may be a fraction."
    assert keys["data.type"]["from"] == {"kind": "literal", "file": "base.libsonnet", "line": 2}
    assert keys["aggregator.type"]["from"] == {"kind": "literal", "file": "config.jsonnet", "line": 2}
    assert keys["encoder.layers"]["from"] == {"kind": "set", "name": "encoder.layers=1"}
    assert keys["encoder.dim"]["from"] == {"kind": "overrides", "name": "encoder.dim"}
    assert (keys["aggregator.kernel_size"]["value"], keys["aggregator.kernel_size"]["source"]) == (3, "default")
    assert keys["aggregator.dim"]["source"] == "run time"
    assert (keys["segmenter.type"]["value"], keys["segmenter.type"]["source"]) == ("single", "default")
    assert keys["training.optimizer.type"]["value"] == "adamw"


def test_a_part_of_a_config_is_printed_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "config.jsonnet", "encoder"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [lines[0], lines[1], lines[3]] == [
        "key\tvalue\tfrom\ttype\tmeaning",
        'encoder.type\t"tiny"\tbase.libsonnet:3\ta string\tname of the Encoder',
        "encoder.dim\t32\tbase.libsonnet:3\tan integer, at least 2, an even number\twidth of the token vectors, even",
    ]
    assert lines[2].startswith("encoder.texts\t(known at run time)\trun time\t")
    assert lines[4].startswith("encoder.layers\t2\tdefault\t")


@pytest.mark.parametrize("paths", [("longer", "training.epochs"), ("longer.training.epochs",)])
def test_a_key_of_an_arm_has_its_place_in_the_study(paths: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    keys = explain(capsys, "study.jsonnet", *paths)
    assert list(keys) == ["training.epochs"]
    assert keys["training.epochs"]["from"] == {"kind": "literal", "file": "study.jsonnet", "line": 6}


def test_inherited_keys_of_an_arm_have_their_place_in_the_base(capsys: pytest.CaptureFixture[str]) -> None:
    keys = explain(capsys, "study.jsonnet", "plain", "--set", "base.encoder.dim=16")
    assert keys["aggregator.type"]["from"] == {"kind": "literal", "file": "study.jsonnet", "line": 5}
    assert keys["data.type"]["from"]["file"] == "base.libsonnet"
    assert keys["encoder.dim"]["from"] == {"kind": "set", "name": "base.encoder.dim=16"}
    assert (keys["seed"]["value"], keys["seed"]["from"]["line"]) == ([1, 2], 3)


def test_keys_of_a_study_have_their_places_and_meanings(capsys: pytest.CaptureFixture[str]) -> None:
    keys = explain(capsys, "study.jsonnet")
    assert keys["base.training.epochs"]["from"]["file"] == "config.jsonnet"
    assert keys["arms.longer.seeds"]["from"]["line"] == 6
    assert keys["retries"]["source"] == "default"
    assert keys["base.training.epochs"]["type"] == "a number, more than 0"
    assert keys["arms.plain.aggregator"]["about"] == "name of the Aggregator"
    assert keys["arms.longer.patch.training.epochs"]["about"] == "Passes over the training set; may be a fraction."


@pytest.mark.parametrize("command", ["explain", "check", "diff", "study compare"])
def test_a_study_of_too_many_arms_needs_the_option_yes(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "MOST_ARMS", 1)
    files = ["study.jsonnet"] * (1 if command in ("explain", "check") else 2)
    assert main([*command.split(), *files]) == 2
    assert "allow more than 1 arms: --yes" in "".join(capsys.readouterr())
    assert main([*command.split(), *files, "--yes"]) == 0


def test_the_config_of_a_run_is_explained(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "run").mkdir()
    config = {"data": {"type": "demo"}, "encoder": {"type": "tiny", "dim": 64}}
    (home / "run" / "config.json").write_text(json.dumps(config, indent=2))
    keys = explain(capsys, "run", "encoder")
    assert keys["encoder.dim"]["from"] == {"kind": "literal", "file": "run/config.json", "line": 7}
    assert keys["encoder.layers"]["source"] == "default"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("config.jsonnet", "encoder.dims"),
            "config.jsonnet: there is no key 'encoder.dims'. did you mean 'encoder.dim'?",
        ),
        (("config.jsonnet", "a", "b"), "PATH: 'b' is one key path too many. give one at a time"),
        (("study.jsonnet", "plane", "seed"), "there is no arm 'plane'. did you mean 'plain'? arms: base, longer"),
        (("config.jsonnet", "--set", "encoder.dims=3"), "encoder.dims: is not an argument of TinyEncoder."),
        (("absent.jsonnet",), "absent.jsonnet: there is no such file."),
    ],
)
def test_mistakes_are_one_line_on_stderr(
    arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert len(err.splitlines()) == 1
