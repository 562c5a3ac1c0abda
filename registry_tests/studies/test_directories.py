"""Relative paths in a study and in a run: they start at the directory of the command that made it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from registry_tests.in_process import InProcessExecutor
from spanreg.cli.main import main
from spanreg.registry import ConfigurationError, Params
from spanreg.storage import in_directory_of, working_directory_from
from spanreg.studies.define.plan import StudyPlan, plan_study
from spanreg.studies.define.study import StudyDefinition
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.execute.run import StudyRequest, run_study
from spanreg.training.serving.evaluate import evaluate_on_split
from spanreg.training.serving.saved_run import SavedRun
from spanreg.training.train import train

CORPUS = "the red fox saw a brown bear . the red fox ran . a brown bear slept .\n" * 10


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with data and a corpus, which is the working directory."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "corpus.txt").write_text(CORPUS, encoding="utf-8")
    rows = "".join(f"the red fox saw {word},{word}\n" for word in ("nothing", "bears") * 8)
    (folder / "data.csv").write_text(f"text,label\n{rows}", encoding="utf-8")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def config(make_config: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """Return a config with relative paths."""
    files = dict.fromkeys(("train", "validation", "test"), "data.csv")
    data = {"type": "csv", "files": files, "labels": ["bears", "nothing"]}
    return make_config({"max_steps": 1}, data=data, dictionary={"type": "ngram", "corpus": "corpus.txt"})


def two_arm_plan(config: dict[str, Any]) -> StudyPlan:
    """Return the plan of a study of a config and of the same config without an aggregator."""
    params = Params({"base": config, "seeds": [1], "arms": {"plain": {"aggregator": "none"}}})
    return plan_study(StudyDefinition.from_params(params.duplicate()), params)


@pytest.mark.parametrize("place", ["study", "../elsewhere/study"])
def test_the_status_of_a_study_is_the_same_from_every_directory(
    place: str,
    project: Path,
    config: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_study(two_arm_plan(config), Path(place), InProcessExecutor(), StudyRequest("s")).failed == []
    file, folder = project / "study.json", (project / place).resolve()
    arms = {"plain": {"aggregator": "none"}}
    file.write_text(json.dumps({"base": config, "seeds": [1], "arms": arms}), encoding="utf-8")
    for directory in (project, project.parent, Path("/")):
        monkeypatch.chdir(directory)
        for options in ([], ["--against", str(file)]):
            assert main(["study", "status", str(folder), "--json", *options]) == 0
            found = json.loads(capsys.readouterr().out)
            assert (found["changes"], found["unknown"], found["counts"]) == ([], [], {"finished": 2}), directory
    (project / "corpus.txt").write_text("other\n", encoding="utf-8")
    assert main(["study", "status", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["changes"] == [
        "base: the content of corpus.txt has changed",
        "plain: the content of corpus.txt has changed",
    ]


def test_a_study_of_a_version_without_recorded_directories_is_read(
    project: Path, config: dict[str, Any], as_earlier_version: Callable[[Path], None]
) -> None:
    run_study(two_arm_plan(config), Path("study"), InProcessExecutor(), StudyRequest("s"))
    as_earlier_version(Path("study"))
    written = json.loads(Path("study/plan.json").read_text(encoding="utf-8"))
    assert written.pop("directory") == ".."
    Path("study/plan.json").write_text(json.dumps(written), encoding="utf-8")
    assert StudyReader(Path("study")).read().directory == ""


def test_a_run_is_evaluated_from_every_directory(
    project: Path, config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    train(Params(config), Path("runs/one"))
    expected = evaluate_on_split(SavedRun(Path("runs/one")), "test")
    monkeypatch.chdir(project.parent)
    assert evaluate_on_split(SavedRun(Path("project/runs/one")), "test") == expected
    monkeypatch.chdir("/")
    assert evaluate_on_split(SavedRun(project / "runs" / "one"), "test") == expected
    (project / "data.csv").unlink()
    with pytest.raises(ConfigurationError, match="data.csv"):
        evaluate_on_split(SavedRun(project / "runs" / "one"), "test")


def test_the_working_directory_stays_if_the_recorded_one_does_not_exist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert working_directory_from(tmp_path / "a" / "b") == "../.."
    monkeypatch.chdir(tmp_path / "a")
    for known, expected in {"..": tmp_path / "a", "../..": tmp_path}.items():
        with in_directory_of(tmp_path / "a" / "b", known):
            assert Path.cwd() == expected
        assert Path.cwd() == tmp_path / "a"
    for unknown in ("nowhere", "", None, 3, "a\0b"):
        with in_directory_of(tmp_path, unknown):
            assert Path.cwd() == tmp_path / "a"


def test_no_directory_is_recorded_if_its_path_leads_through_the_root(
    project: Path, config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a path would repeat the folders of this machine, which a record must not show."""
    train(Params(config), project / "run")
    assert json.loads((project / "run" / "environment.json").read_text(encoding="utf-8"))["directory"] == ".."
    monkeypatch.chdir("/")
    absolute = json.loads(json.dumps(config).replace('"data.csv"', f'"{project}/data.csv"'))
    absolute["dictionary"]["corpus"] = str(project / "corpus.txt")
    train(Params(absolute), project / "other")
    assert json.loads((project / "other" / "environment.json").read_text(encoding="utf-8"))["directory"] is None
