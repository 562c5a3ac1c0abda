"""``spanreg report``: forms by the file's ending, and mistakes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from spanreg.cli.main import main

Make = Callable[..., Path]


@pytest.fixture
def study(make_study: Make) -> Path:
    right = [[1] * count + [0] * (20 - count) for count in (10, 12, 11, 16, 19, 17)]
    made = {"plain": dict(enumerate(right[:3], 1)), "spans": dict(enumerate(right[3:], 1))}
    return make_study(made, [1] * 20)


def test_a_table_is_printed(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(study)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split("\t")[:3] == ["arm", "accuracy, %", "difference"]
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
def test_forms_by_the_ending(study: Path, tmp_path: Path, name: str, beginning: str) -> None:
    assert main(["report", str(study), "-o", str(tmp_path / name)]) == 0
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(beginning)


@pytest.mark.parametrize("kind", ["md", "latex", "csv", "json", "html"])
def test_a_form_that_is_printed_is_the_one_that_is_written(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    assert main(["report", str(study), "--format", kind]) == 0
    printed = capsys.readouterr().out
    assert main(["report", str(study), "--format", kind, "-o", str(tmp_path / "file"), "--json"]) == 0
    assert printed.rstrip("\n") == (tmp_path / "file").read_text(encoding="utf-8").rstrip("\n")
    assert json.loads(capsys.readouterr().out)["caption"]


def test_all_facts_as_json(study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(study), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert main(["report", str(study), "-o", str(tmp_path / "facts"), "--format", "json"]) == 0
    assert json.loads((tmp_path / "facts").read_text(encoding="utf-8")) == printed
    assert set(printed["examples"]) == {"spans"}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["-o", "r.pdf"], "-o: 'r.pdf' has an unknown suffix. use .html, .md, .tex, .csv, .json"),
        (["-o", "r", "--format", "pdf"], "--format: there is no format 'pdf'. formats: html, md, latex, csv, json"),
    ],
)
def test_mistakes(study: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], expected: str) -> None:
    assert main(["report", str(study), *arguments]) == 2
    assert expected in capsys.readouterr().err


def test_a_folder_without_a_study(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(tmp_path / "nothing")]) == 2
    assert "there is no study in" in capsys.readouterr().err


def test_tables_need_no_torch(study: Path) -> None:
    code = (
        "import sys; from spanreg.cli.main import main; main(sys.argv[1:]); "
        "sys.exit(any(name in sys.modules for name in ('torch', 'transformers', 'datasets')))"
    )
    done = subprocess.run([sys.executable, "-c", code, "report", str(study)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
