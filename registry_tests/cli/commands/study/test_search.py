"""``spanreg study search``: the output on the trials and on the runs after them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spanreg.cli.main import main
from spanreg.registry import Params
from spanreg.studies.define.plan import plan_study
from spanreg.studies.define.study import StudyDefinition
from spanreg.studies.execute import run
from spanreg.studies.execute.run import StudyOutcome, StudyRequest, record_of
from spanreg.studies.search import search
from spanreg.studies.search.search import SearchResult
from spanreg.studies.search.trials import SearchTrial

FILE = """{
  base: { data: { type: 'demo' }, encoder: { type: 'tiny' } },
  search: { space: { 'encoder.dim': [8, 16] }, trials: 2 },
}
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study whose search and runs are over; nothing is trained."""
    path = tmp_path / "study.jsonnet"
    path.write_text(FILE, encoding="utf-8")
    trials = [SearchTrial(0, "finished", 0.5, {"encoder.dim": 8}), SearchTrial(1, "pruned", 0.25, {"encoder.dim": 16})]
    plan = plan_study(StudyDefinition.from_params(Params.from_file(path)), Params.from_file(path))
    end = StudyOutcome(record_of(plan, StudyRequest("study"), None), made=3)
    monkeypatch.setattr(search, "search_setting", lambda *given, **options: SearchResult(trials, trials[0]))
    monkeypatch.setattr(run, "run_study", lambda *given, **options: end)
    return path


def test_what_people_see(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["study", "search", str(file), "-s", str(tmp_path / "s")]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "trial\tencoder.dim\tscore\tstate",
        "0\t8\t0.5\tfinished",
        "1\t16\t0.25\tpruned",
        "best: trial 0; it was chosen by this score, so only the runs with other seeds count",
        f"3 runs finished, 0 were finished before; results are in {tmp_path / 's'}",
    ]


def test_what_programs_see(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["study", "search", str(file), "-s", str(tmp_path / "s"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [trial["state"] for trial in said["trials"]] == ["finished", "pruned"]
    assert said["best"]["setting"] == {"encoder.dim": 8}
    assert (said["made"], said["failed"]) == (3, [])


def test_it_needs_a_folder(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["study", "search", str(file)]) == 2
    assert capsys.readouterr().err == (
        "spanreg study search: the following arguments are required: -s/--folder. See 'spanreg study search --help'\n"
    )


def test_a_mistake_carries_its_line(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(FILE.replace("[8, 16]", "[8, 'x']"), encoding="utf-8")
    assert main(["check", str(file), "--json"]) == 2
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert (problem["line"], problem["path"]) == (3, "search.space.encoder.dim.1")
