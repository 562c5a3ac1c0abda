"""Study folders in which something is missing, cut, or of another time; runs are pretended."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from registry_tests.in_process import InProcessExecutor
from spanreg.registry import ConfigurationError
from spanreg.storage import locked, read_sealed, record_files, write_manifest, write_sealed, write_text
from spanreg.studies.analyse.results import read_results
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.execute.run import StudyOutcome, StudyRequest, run_study
from spanreg.training.runs.session import RunSession

Make = Callable[..., StudyPlan]
Run = Callable[..., StudyOutcome]
Forget = Callable[[Path], None]


@pytest.fixture
def run(make_plan: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Pretends to run a study of two arms under two seeds."""
    monkeypatch.setattr("spanreg.studies.execute.run._WORK", "spanreg.benchmarks.harness.pretended:execute_pretended")
    plan = make_plan(arms={"plain": {"aggregator": "none"}}, seeds=[1, 2])
    return lambda: run_study(plan, tmp_path / "study", InProcessExecutor(), StudyRequest("s"))


def path_of(end: StudyOutcome, folder: Path, number: int = 0) -> Path:
    return folder / "study" / end.record.unique_runs()[number].folder


def test_a_status_that_is_no_json(run: Run, tmp_path: Path) -> None:
    end = run()
    (path_of(end, tmp_path, 0) / "status.json").write_text('{"state": "fin', encoding="utf-8")
    again = run()
    assert (again.made, len(again.failed)) == (1, 0)


@pytest.mark.parametrize("name", ["config.json", "data.json", "environment.json", "status.json"])
@pytest.mark.parametrize("content", [None, "", "{", "[1]", '{"seed": 9}'])
def test_a_stopped_run_that_is_damaged_is_made_again(run: Run, tmp_path: Path, name: str, content: str | None) -> None:
    """As one that a version before this left, which removed its config for a moment whenever it resumed a run."""
    path = path_of(run(), tmp_path)
    RunSession(path).mark("running")
    checkpoint = path / "checkpoints" / "step-1"
    write_text(checkpoint / "weights", "weights")
    write_manifest(checkpoint, record_files(checkpoint, ["weights"]))
    (path / name).unlink()
    if content is not None:
        (path / name).write_text(content, encoding="utf-8")
    again = run()
    assert (again.made, again.failed) == (1, [])
    assert not (path / "checkpoints").exists()


@pytest.mark.parametrize("earlier", [False, True])
def test_a_prediction_file_that_was_cut(run: Run, tmp_path: Path, earlier: bool, as_earlier_version: Forget) -> None:
    end = run()
    if earlier:
        as_earlier_version(path_of(end, tmp_path, 1))
    cut = path_of(end, tmp_path, 1) / "predictions" / "validation.jsonl"
    whole = cut.read_bytes()
    cut.write_bytes(whole[: len(whole) // 2])
    fault = "line .* is not a prediction" if earlier else r"it is not as it was written \(its SHA-256 differs\)"
    with pytest.raises(ConfigurationError, match=rf"validation\.jsonl is damaged: {fault}") as raised:
        read_results(StudyReader(tmp_path / "study"))
    assert "remove that run's folder; 'spanreg study run' then repeats the run" in str(raised.value)
    assert run().made == 0, "a finished run is not looked into"


def test_a_run_that_another_process_trains(run: Run, tmp_path: Path) -> None:
    path = path_of(run(), tmp_path)
    path.rename(tmp_path / "away")
    path.mkdir()
    with locked(path / ".lock"):
        again = run()
    assert again.made == 0
    assert again.failed[0][1].startswith(f"another process is training into {path}")
    assert run().made == 1


def test_dates_of_another_age_change_nothing(run: Run, tmp_path: Path) -> None:
    """The clock went back between two runs: whether a run is finished hangs on no date."""
    end = run()
    for number, date in enumerate(("2099-01-01T00:00:00+00:00", "1970-01-01T00:00:00+00:00")):
        file = path_of(end, tmp_path, number) / "status.json"
        status = json.loads(file.read_text(encoding="utf-8"))
        file.write_text(json.dumps({**status, "started": date, "ended": "1980-01-01T00:00:00+00:00"}), encoding="utf-8")
    before = read_results(StudyReader(tmp_path / "study"))
    assert (run().made, len(before.unfinished)) == (0, 0)


def test_a_metric_that_one_arm_has_not(run: Run, tmp_path: Path, as_earlier_version: Forget) -> None:
    end = run()
    for folder in (tmp_path / "study", *(tmp_path / "study" / one.folder for one in end.record.unique_runs())):
        as_earlier_version(folder)
    plan = tmp_path / "study" / "plan.json"
    plan.write_text(plan.read_text(encoding="utf-8").replace('"metric": null', '"metric": "f1"'), encoding="utf-8")
    for run_ in end.record.runs_of("base"):
        file = tmp_path / "study" / run_.folder / "metrics.json"
        metrics = json.loads(file.read_text(encoding="utf-8"))
        metrics["splits"]["validation"]["f1"] = 0.5
        file.write_text(json.dumps(metrics), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"metric: no figure 'f1' in: plain"):
        read_results(StudyReader(tmp_path / "study"))


@pytest.mark.parametrize(
    ("key", "value", "fault"),
    [
        ("reserve", "a", "'reserve' is \"a\", a string, where a number is expected"),
        ("reserve", 1, "'reserve' is 1, not between 0 and 1"),
        ("baseline", "absent", "there is no arm 'absent'"),
        ("arms", [{"name": "plain", "config": []}], "'arms.0.config' is a list, where an object is expected"),
        ("arms", [{"name": "base", "config": {}}] * 2, "two arms have the same name"),
        (
            "runs",
            [{"id": "1", "arm": "base", "seed": "1", "folder": "runs/a"}],
            "'runs.0.seed' is \"1\", a string, where",
        ),
        ("runs", [{"id": "1", "arm": "absent", "seed": 1, "folder": "runs/a"}], "there is no arm 'absent'"),
    ],
)
def test_a_plan_that_says_what_none_can(run: Run, tmp_path: Path, key: str, value: object, fault: str) -> None:
    run()
    plan = tmp_path / "study" / "plan.json"
    write_sealed(plan, {**read_sealed(plan), key: value})
    with pytest.raises(ConfigurationError) as caught:
        StudyReader(tmp_path / "study").read()
    assert f"plan.json is damaged: it is not the plan of a study: {fault}" in str(caught.value)
