"""Study folders and study files from strangers: reading one runs no code and includes no package."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from registry_tests.in_process import InProcessExecutor
from spanreg.cli.main import main
from spanreg.registry import ConfigurationError, included_sources
from spanreg.registry.trust import references
from spanreg.storage import read_sealed, write_sealed
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.execute.folder import StudyWriter
from spanreg.studies.execute.record import StudyRecord
from spanreg.studies.execute.run import StudyRequest, record_of, run_study
from spanreg.studies.execute.staleness import as_of_now

HOSTILE = {"type": "os.system", "command": "touch canary"}
"Component of a config that would call a function."
PLANTED = "import os\nos.mkdir('canary')\n"
"Module that would leave a trace if it were imported."
READERS = (["status", "DIR", "--json"], ["best", "DIR"], ["report", "DIR", "--json"], ["report", "DIR", "-o", "x.html"])
"Commands that read a study."


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working directory, with a module that creates the folder ``canary`` when it is imported."""
    work = tmp_path / "work"
    work.mkdir()
    (work / "planted.py").write_text(PLANTED)
    monkeypatch.chdir(work)
    # Workers call this function, which writes the files of a run without training.
    monkeypatch.setattr("spanreg.studies.execute.run._WORK", "spanreg.benchmarks.harness.pretended:execute_pretended")
    # Earlier tests of this process may have included packages, which would then be trusted here.
    monkeypatch.setattr(references, "_included", set())
    return work


@pytest.fixture
def study(make_study: Callable[..., Path], work: Path) -> Path:
    """Return the folder of a finished study of two arms."""
    return make_study({"base": {1: [0, 1, 1]}, "plain": {1: [0, 1, 0]}}, [0, 1, 1])


def edit_plan(folder: Path, **changes: Any) -> None:
    """Change the plan of a study, with its new checksum, as a stranger could."""
    path = folder / "plan.json"
    write_sealed(path, {**read_sealed(path), **changes})


def commands(folder: Path) -> list[list[str]]:
    """Return the arguments of all commands that read a study."""
    return [
        [*(["study"] if words[0] != "report" else []), *(str(folder) if word == "DIR" else word for word in words)]
        for words in READERS
    ]


def test_reading_a_study_includes_no_package(study: Path, work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit_plan(study, included=["planted", "./planted.py"])
    for command in commands(study):
        assert main(command) == 0
    assert not (work / "canary").exists()
    assert main(["study", "status", str(study)]) == 0
    printed = capsys.readouterr().out
    assert (
        "changes are unknown: the study was made with packages that are not included: planted, ./planted.py. "
        "if you trust them, add --include-package planted --include-package ./planted.py"
    ) in printed


def test_packages_on_the_command_line_are_included(study: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (work / "repeated_for_a_study.py").write_text("NUMBER = 1\n")
    edit_plan(study, included=["repeated_for_a_study"])
    for command in commands(study):
        # As in a new process, in which nothing is included.
        monkeypatch.setattr("spanreg.registry.trust.including._sources", {})
        assert main([*command, "--include-package", "repeated_for_a_study"]) == 0
        assert included_sources("repeated_for_a_study") == (work / "repeated_for_a_study.py",)


def test_reading_the_arms_of_a_study_calls_no_function(study: Path, work: Path) -> None:
    plan = json.loads((study / "plan.json").read_text())
    for arm in plan["arms"]:
        arm["config"].update(data=HOSTILE, encoder=HOSTILE, aggregator=HOSTILE, segmenter=HOSTILE, dictionary=HOSTILE)
    edit_plan(study, arms=plan["arms"])
    for command in commands(study):
        assert main(command) == 0
    assert not (work / "canary").exists()


@pytest.mark.parametrize("folder", ["../outside", "runs/../../outside", "/tmp/outside", "runs", "runs/", "x/y", ""])
def test_a_run_folder_outside_the_study_is_refused(
    study: Path, folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = json.loads((study / "plan.json").read_text())
    edit_plan(study, runs=[{**plan["runs"][0], "folder": folder}, *plan["runs"][1:]])
    with pytest.raises(ConfigurationError, match="is not a place inside .*made. only runs/NAME is"):
        StudyWriter(study).read()
    for command in commands(study):
        assert main(command) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_no_run_is_written_through_a_link(make_plan: Callable[..., StudyPlan], work: Path, tmp_path: Path) -> None:
    plan = make_plan(arms={"plain": {"aggregator": "none"}}, seeds=[1])
    folder = StudyWriter(tmp_path / "study")
    record = record_of(plan, StudyRequest("s"), None)
    (tmp_path / "study" / "runs").mkdir(parents=True)
    folder.write(record)
    (tmp_path / "outside").mkdir()
    folder.run_path(record.runs[0]).symlink_to(tmp_path / "outside")
    with pytest.raises(ConfigurationError, match="is a link that leads out of .*study"):
        run_study(plan, folder.path, InProcessExecutor(), StudyRequest("s"))
    assert not list((tmp_path / "outside").iterdir())


STUDY_FILE = """{
  base: { data: DATA, encoder: 'tiny', training: { max_steps: 1 } },
  seeds: [1], metric: 'accuracy', split: 'validation', arms: { plain: { aggregator: 'none' } },
}"""


@pytest.mark.parametrize("command", [["check", "FILE"], ["study", "plan", "FILE"], ["study", "run", "FILE", "-s", "s"]])
def test_the_data_of_a_study_file_call_no_function(
    work: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    file = work / "study.jsonnet"
    for data in (HOSTILE, {"type": "planted.Reader"}, {"type": "subprocess.check_output", "args": ["touch", "canary"]}):
        file.write_text(STUDY_FILE.replace("DATA", json.dumps(data)))
        assert main([str(file) if word == "FILE" else word for word in command]) == 2
        printed = "".join(capsys.readouterr())
        assert "--include-package" in printed
        assert "Traceback" not in printed
    assert {path.name for path in work.iterdir()} == {"planted.py", "study.jsonnet"}


def test_included_code_is_hashed_only_after_it_is_included_again(
    make_plan: Callable[..., StudyPlan], work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (work / "mine_of_a_study.py").write_text("NUMBER = 1\n")
    plan = make_plan(seeds=[1])
    record: StudyRecord = record_of(plan, StudyRequest("s", included=["mine_of_a_study"]), None)
    assert as_of_now(record) == record
    # As in a new process, in which nothing is included.
    monkeypatch.setattr("spanreg.registry.trust.including._sources", {})
    with pytest.raises(ConfigurationError, match="add --include-package mine_of_a_study"):
        as_of_now(record)
    other = replace(record, included=["absent_package_of_a_study"])
    with pytest.raises(ConfigurationError, match="add --include-package absent_package_of_a_study"):
        as_of_now(other)
