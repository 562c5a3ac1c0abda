"""``spanreg report``: formats by suffix or option, and mistakes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from spanreg.cli.main import main


@pytest.fixture
def study(make_study: Callable[..., Path]) -> Path:
    """Return the folder of a study of two arms with three seeds; the numbers of correct predictions are known."""
    predictions = [[1] * correct + [0] * (20 - correct) for correct in (10, 12, 11, 16, 19, 17)]
    arms = {"plain": dict(enumerate(predictions[:3], 1)), "spans": dict(enumerate(predictions[3:], 1))}
    return make_study(arms, [1] * 20)


def test_a_table_is_printed(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(study)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split("\t")[:3] == ["arm", "accuracy, %", "difference"]
    # Of 20 examples, 10, 12 and 11 are correct: 50, 60 and 55 %.
    assert lines[1].split("\t")[:3] == ["plain", "55.00 ± 5.00", ""]
    assert lines[2].split("\t")[1] == "86.67 ± 7.64"
    assert "Caption: accuracy on validation (dev, 20 examples); mean ± standard deviation of 3 seeds." in lines


@pytest.mark.parametrize(
    ("name", "beginning"),
    [
        ("r.md", "## fabricated"),
        ("r.tex", "% Written by spanreg report"),
        ("r.csv", "arm,task,seed,split"),
        ("r.html", "<!doctype html>"),
    ],
)
def test_the_suffix_decides_on_the_format(study: Path, tmp_path: Path, name: str, beginning: str) -> None:
    assert main(["report", str(study), "-o", str(tmp_path / name)]) == 0
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(beginning)


@pytest.mark.parametrize("name", ["md", "latex", "csv", "json", "html"])
def test_a_format_is_printed_as_it_is_written(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert main(["report", str(study), "--format", name]) == 0
    printed = capsys.readouterr().out
    assert main(["report", str(study), "--format", name, "-o", str(tmp_path / "file"), "--json"]) == 0
    assert printed.rstrip("\n") == (tmp_path / "file").read_text(encoding="utf-8").rstrip("\n")
    assert json.loads(capsys.readouterr().out)["caption"]


def test_all_facts_are_printed_as_json(study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(study), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert main(["report", str(study), "-o", str(tmp_path / "facts"), "--format", "json"]) == 0
    assert json.loads((tmp_path / "facts").read_text(encoding="utf-8")) == printed
    assert set(printed["examples"]) == {"spans"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "r.pdf"], "-o: 'r.pdf' has an unknown suffix. use .html, .md, .tex, .csv, .json"),
        (["-o", "r", "--format", "pdf"], "--format: there is no format 'pdf'. formats: html, md, latex, csv, json"),
    ],
)
def test_an_unknown_format_is_refused(
    study: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(["report", str(study), *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_folder_without_a_study_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(tmp_path / "nothing")]) == 2
    assert "there is no study in" in capsys.readouterr().err


def test_tables_need_no_torch(study: Path) -> None:
    code = (
        "import sys; from spanreg.cli.main import main; code = main(sys.argv[1:]); "
        "heavy = {'torch', 'transformers', 'datasets'} & set(sys.modules); sys.exit(str(heavy) if heavy else code)"
    )
    done = subprocess.run([sys.executable, "-c", code, "report", str(study)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
