"""``spanreg study search``: output about the trials and the runs after them, and the place of mistakes."""

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
    """Return the file of a study, whose search and runs are replaced by fixed results."""
    path = tmp_path / "study.jsonnet"
    path.write_text(FILE, encoding="utf-8")
    trials = [SearchTrial(0, "finished", 0.5, {"encoder.dim": 8}), SearchTrial(1, "pruned", 0.25, {"encoder.dim": 16})]
    plan = plan_study(StudyDefinition.from_params(Params.from_file(path)), Params.from_file(path))
    outcome = StudyOutcome(record_of(plan, StudyRequest("study"), None), made=3)
    monkeypatch.setattr(search, "search_setting", lambda *arguments, **options: SearchResult(trials, trials[0]))
    monkeypatch.setattr(run, "run_study", lambda *arguments, **options: outcome)
    return path


def test_trials_are_printed_as_a_table(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["study", "search", str(file), "-s", str(tmp_path / "s")]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "trial\tencoder.dim\tscore\tstate",
        "0\t8\t0.5\tfinished",
        "1\t16\t0.25\tpruned",
        "best: trial 0; it was chosen by this score, so only the runs with other seeds count",
        f"3 runs finished, 0 were finished before; results are in {tmp_path / 's'}",
    ]


def test_trials_are_printed_as_json(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["study", "search", str(file), "-s", str(tmp_path / "s"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [trial["state"] for trial in found["trials"]] == ["finished", "pruned"]
    assert found["best"]["setting"] == {"encoder.dim": 8}
    assert (found["made"], found["failed"]) == (3, [])


def test_a_folder_is_required(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["study", "search", str(file)]) == 2
    assert capsys.readouterr().err == (
        "spanreg study search: the following arguments are required: -s/--folder. See 'spanreg study search --help'\n"
    )


def test_a_mistake_in_the_search_space_has_its_line(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(FILE.replace("[8, 16]", "[8, 'x']"), encoding="utf-8")
    assert main(["check", str(file), "--json"]) == 2
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert (problem["line"], problem["path"]) == (3, "search.space.encoder.dim.1")
