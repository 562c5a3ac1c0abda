"""A study's folder, and a study file, may come from a stranger: reading one runs no code and includes no package."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from spanreg.cli.main import main
from spanreg.executors import Call, Executor, Outcome
from spanreg.executors.worker import answer
from spanreg.registry import ConfigurationError, included_sources
from spanreg.registry.trust import references
from spanreg.storage import read_sealed, write_sealed
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.execute.folder import StudyWriter
from spanreg.studies.execute.record import StudyRecord
from spanreg.studies.execute.run import StudyRequest, record_of, run_study
from spanreg.studies.execute.staleness import as_of_now

HOSTILE = {"type": "os.system", "command": "touch canary"}
PLANTED = "import os\nos.mkdir('canary')\n"
READERS = (["status", "DIR", "--json"], ["best", "DIR"], ["report", "DIR", "--json"], ["report", "DIR", "-o", "x.html"])


class Here(Executor):
    """Makes the calls in this process."""

    def run(self, calls: Sequence[Call]) -> Iterator[Outcome]:
        for call in calls:
            yield Outcome(call, **answer(call.request))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a module that nobody has asked for."""
    work = tmp_path / "work"
    work.mkdir()
    (work / "planted.py").write_text(PLANTED)
    monkeypatch.chdir(work)
    monkeypatch.setattr("spanreg.studies.execute.run._WORK", "spanreg.benchmarks.harness.pretended:execute_pretended")
    monkeypatch.setattr(references, "_included", set())
    return work


@pytest.fixture
def made(make_study: Callable[..., Path], here: Path) -> Path:
    """The folder of a finished study of two arms."""
    return make_study({"base": {1: [0, 1, 1]}, "plain": {1: [0, 1, 0]}}, [0, 1, 1])


def edit(folder: Path, **changes: Any) -> None:
    """Change a plan, whose checksum anybody can compute."""
    path = folder / "plan.json"
    write_sealed(path, {**read_sealed(path), **changes})


def commands(folder: Path) -> list[list[str]]:
    return [
        [*(["study"] if words[0] != "report" else []), *(str(folder) if word == "DIR" else word for word in words)]
        for words in READERS
    ]


def test_reading_a_study_includes_nothing(made: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(made, included=["planted", "./planted.py"])
    for command in commands(made):
        assert main(command) == 0
    assert not (here / "canary").exists()
    assert main(["study", "status", str(made)]) == 0
    said = capsys.readouterr().out
    assert (
        "changes are unknown: the study was made with packages that are not included: planted, ./planted.py. "
        "if you trust them, add --include-package planted --include-package ./planted.py"
    ) in said


def test_what_the_user_repeats_is_included(made: Path, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "repeated_for_a_study.py").write_text("NUMBER = 1\n")
    edit(made, included=["repeated_for_a_study"])
    for command in commands(made):
        monkeypatch.setattr("spanreg.registry.trust.including._sources", {})
        assert main([*command, "--include-package", "repeated_for_a_study"]) == 0
        assert included_sources("repeated_for_a_study") == (here / "repeated_for_a_study.py",)


def test_the_arms_of_a_study_call_nothing(made: Path, here: Path) -> None:
    plan = json.loads((made / "plan.json").read_text())
    for arm in plan["arms"]:
        arm["config"].update(data=HOSTILE, encoder=HOSTILE, aggregator=HOSTILE, segmenter=HOSTILE, dictionary=HOSTILE)
    edit(made, arms=plan["arms"])
    for command in commands(made):
        assert main(command) == 0
    assert not (here / "canary").exists()


@pytest.mark.parametrize("folder", ["../outside", "runs/../../outside", "/tmp/outside", "runs", "runs/", "x/y", ""])
def test_a_run_folder_lies_in_the_study(made: Path, folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    plan = json.loads((made / "plan.json").read_text())
    edit(made, runs=[{**plan["runs"][0], "folder": folder}, *plan["runs"][1:]])
    with pytest.raises(ConfigurationError, match="is not a place inside .*made. only runs/NAME is"):
        StudyWriter(made).read()
    for command in commands(made):
        assert main(command) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_link_in_a_study_is_not_written_through(
    make_plan: Callable[..., StudyPlan], here: Path, tmp_path: Path
) -> None:
    plan = make_plan(arms={"plain": {"aggregator": "none"}}, seeds=[1])
    folder = StudyWriter(tmp_path / "study")
    record = record_of(plan, StudyRequest("s"), None)
    (tmp_path / "study" / "runs").mkdir(parents=True)
    folder.write(record)
    (tmp_path / "outside").mkdir()
    folder.run_path(record.runs[0]).symlink_to(tmp_path / "outside")
    with pytest.raises(ConfigurationError, match="is a link that leads out of .*study"):
        run_study(plan, folder.path, Here(), StudyRequest("s"))
    assert not list((tmp_path / "outside").iterdir())


STUDY = """{
  base: { data: DATA, encoder: 'tiny', training: { max_steps: 1 } },
  seeds: [1], metric: 'accuracy', split: 'validation', arms: { plain: { aggregator: 'none' } },
}"""


@pytest.mark.parametrize("command", [["check", "FILE"], ["study", "plan", "FILE"], ["study", "run", "FILE", "-s", "s"]])
def test_the_data_of_a_study_file_call_nothing(
    here: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    file = here / "study.jsonnet"
    for data in (HOSTILE, {"type": "planted.Reader"}, {"type": "subprocess.check_output", "args": ["touch", "canary"]}):
        file.write_text(STUDY.replace("DATA", json.dumps(data)))
        assert main([str(file) if word == "FILE" else word for word in command]) == 2
        said = "".join(capsys.readouterr())
        assert "--include-package" in said
        assert "Traceback" not in said
    assert {path.name for path in here.iterdir()} == {"planted.py", "study.jsonnet"}


def test_changes_of_included_code_are_seen_where_it_is_included(
    make_plan: Callable[..., StudyPlan], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "mine_of_a_study.py").write_text("NUMBER = 1\n")
    plan = make_plan(seeds=[1])
    record: StudyRecord = record_of(plan, StudyRequest("s", included=["mine_of_a_study"]), None)
    assert as_of_now(record) == record
    monkeypatch.setattr("spanreg.registry.trust.including._sources", {})
    with pytest.raises(ConfigurationError, match="add --include-package mine_of_a_study"):
        as_of_now(record)
    other = replace(record, included=["absent_package_of_a_study"])
    with pytest.raises(ConfigurationError, match="add --include-package absent_package_of_a_study"):
        as_of_now(other)
