"""Damaged study folders: missing, truncated and edited files. The runs are written without training."""

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

MakePlan = Callable[..., StudyPlan]
RunStudy = Callable[..., StudyOutcome]
ForgetChecksums = Callable[[Path], None]


@pytest.fixture
def run(make_plan: MakePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunStudy:
    """Return a function that runs a study of two arms under two seeds, and writes its runs without training."""
    # Workers call this function, which writes the files of a run without training.
    monkeypatch.setattr("spanreg.studies.execute.run._WORK", "spanreg.benchmarks.harness.pretended:execute_pretended")
    plan = make_plan(arms={"plain": {"aggregator": "none"}}, seeds=[1, 2])
    return lambda: run_study(plan, tmp_path / "study", InProcessExecutor(), StudyRequest("s"))


def run_folder(outcome: StudyOutcome, folder: Path, number: int = 0) -> Path:
    """Return the folder of one run of the study in ``folder``."""
    return folder / "study" / outcome.record.unique_runs()[number].folder


def test_a_run_with_a_truncated_status_is_repeated(run: RunStudy, tmp_path: Path) -> None:
    outcome = run()
    (run_folder(outcome, tmp_path, 0) / "status.json").write_text('{"state": "fin', encoding="utf-8")
    again = run()
    assert (again.made, len(again.failed)) == (1, 0)


@pytest.mark.parametrize("name", ["config.json", "data.json", "environment.json", "status.json"])
@pytest.mark.parametrize("content", [None, "", "{", "[1]", '{"seed": 9}'])
def test_a_stopped_run_with_a_damaged_file_is_repeated_from_the_start(
    run: RunStudy, tmp_path: Path, name: str, content: str | None
) -> None:
    """Earlier versions removed the config for a moment whenever they resumed a run, so a kill could lose it."""
    path = run_folder(run(), tmp_path)
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
def test_a_truncated_prediction_file_is_reported(
    run: RunStudy, tmp_path: Path, earlier: bool, as_earlier_version: ForgetChecksums
) -> None:
    outcome = run()
    if earlier:
        as_earlier_version(run_folder(outcome, tmp_path, 1))
    file = run_folder(outcome, tmp_path, 1) / "predictions" / "validation.jsonl"
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    # Without checksums, the reader finds the line that is cut in two.
    fault = "line .* is not a prediction" if earlier else r"it is not as it was written \(its SHA-256 differs\)"
    with pytest.raises(ConfigurationError, match=rf"validation\.jsonl is damaged: {fault}") as raised:
        read_results(StudyReader(tmp_path / "study"))
    assert "remove that run's folder; 'spanreg study run' then repeats the run" in str(raised.value)
    assert run().made == 0, "the predictions of a finished run are not read again"


def test_a_run_that_another_process_trains_is_left_alone(run: RunStudy, tmp_path: Path) -> None:
    path = run_folder(run(), tmp_path)
    path.rename(tmp_path / "away")
    path.mkdir()
    with locked(path / ".lock"):
        again = run()
    assert again.made == 0
    assert again.failed[0][1].startswith(f"another process is training into {path}")
    assert run().made == 1


def test_wrong_dates_do_not_change_the_state_of_runs(run: RunStudy, tmp_path: Path) -> None:
    """The clock of a machine may go back between two runs."""
    outcome = run()
    for number, date in enumerate(("2099-01-01T00:00:00+00:00", "1970-01-01T00:00:00+00:00")):
        file = run_folder(outcome, tmp_path, number) / "status.json"
        status = json.loads(file.read_text(encoding="utf-8"))
        file.write_text(json.dumps({**status, "started": date, "ended": "1980-01-01T00:00:00+00:00"}), encoding="utf-8")
    results = read_results(StudyReader(tmp_path / "study"))
    assert (run().made, len(results.unfinished)) == (0, 0)


def test_a_metric_that_one_arm_lacks_is_reported(
    run: RunStudy, tmp_path: Path, as_earlier_version: ForgetChecksums
) -> None:
    outcome = run()
    # Without checksums, so that the edited files are read.
    for folder in (
        tmp_path / "study",
        *(tmp_path / "study" / planned.folder for planned in outcome.record.unique_runs()),
    ):
        as_earlier_version(folder)
    plan = tmp_path / "study" / "plan.json"
    plan.write_text(plan.read_text(encoding="utf-8").replace('"metric": null', '"metric": "f1"'), encoding="utf-8")
    for planned in outcome.record.runs_of("base"):
        file = tmp_path / "study" / planned.folder / "metrics.json"
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
def test_an_invalid_plan_is_reported_with_its_fault(
    run: RunStudy, tmp_path: Path, key: str, value: object, fault: str
) -> None:
    run()
    plan = tmp_path / "study" / "plan.json"
    write_sealed(plan, {**read_sealed(plan), key: value})
    with pytest.raises(ConfigurationError) as caught:
        StudyReader(tmp_path / "study").read()
    assert f"plan.json is damaged: it is not the plan of a study: {fault}" in str(caught.value)
