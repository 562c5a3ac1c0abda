"""merge_studies: studies from several machines are merged, or rejected with a list of their differences."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from spanreg.cli.main import main
from spanreg.registry import ConfigurationError
from spanreg.storage import files_below, record_files, write_manifest, write_sealed
from spanreg.studies.analyse.results import read_results
from spanreg.studies.exchange.merge import merge_studies
from spanreg.studies.exchange.pack import opened_study, pack_study
from spanreg.studies.exchange.verification import verify
from spanreg.studies.execute.folder import REGISTRATION, StudyReader, StudyWriter
from spanreg.studies.execute.registration import register
from spanreg.studies.report.facts import report_facts
from spanreg.training.serving.saved_run import SavedRun

LABELS = [0, 1, 1, 0, 1, 0, 1, 1]
"Gold labels of the eight examples."
PREDICTIONS = {
    "plain": {1: [0, 1, 0, 0, 1, 1, 1, 1], 2: [0, 0, 1, 0, 1, 0, 1, 1], 3: [1, 1, 1, 0, 1, 0, 0, 1]},
    "spans": {1: [0, 1, 1, 0, 1, 1, 1, 1], 2: [0, 1, 1, 0, 1, 0, 1, 1], 3: [1, 1, 1, 0, 1, 0, 1, 1]},
}


@pytest.fixture
def study(make_study: Callable[..., Path]) -> Path:
    """Return a finished study."""
    return make_study(PREDICTIONS, LABELS)


@pytest.fixture
def copies(study: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Return two copies of the study, as on two machines."""
    first, second = tmp_path / "first", tmp_path / "second"
    shutil.copytree(study, first)
    shutil.copytree(study, second)
    return first, second


def edit_plan(study: Path, **entries: Any) -> None:
    """Replace entries of a study's plan."""
    plan = json.loads((study / "plan.json").read_text(encoding="utf-8"))
    (study / "plan.json").write_text(json.dumps({**plan, **entries}), encoding="utf-8")


def remove_runs(study: Path, *ends: str) -> None:
    """Remove the runs whose folders have these endings, from the plan as well."""
    runs = json.loads((study / "plan.json").read_text(encoding="utf-8"))["runs"]
    for run in [run for run in runs if run["folder"].endswith(ends)]:
        shutil.rmtree(study / run["folder"])
        runs.remove(run)
    edit_plan(study, runs=runs)


def arms_of(path: Path) -> Any:
    """Return the facts of the arms that a report of the study shows."""
    with opened_study(path) as folder:
        return report_facts(read_results(folder))["arms"]


def merge_problems(*sources: Path, into: Path) -> str:
    """Return the error of merging studies, and check that nothing was written."""
    with pytest.raises(ConfigurationError) as raised:
        merge_studies(sources, into)
    assert not (into / "plan.json").exists()
    return str(raised.value)


def register_study(study: Path, hypothesis: str) -> None:
    """Register a study with a hypothesis."""
    # Only the part of a plan that a registration reads besides the study's record.
    plan: Any = SimpleNamespace(study=SimpleNamespace(search=None, hypothesis=hypothesis, about=""))
    register(plan, StudyReader(study).read(), study / REGISTRATION)


def write_tunings(study: Path, *arms: tuple[str, float]) -> None:
    """Write searches of one trial, by arm and the best rate that each found."""
    trials = [{"number": 0, "state": "finished", "value": 0.5, "setting": {}, "folder": study.name}]
    search = {"search": "s", "space": {}, "budget": 1, "direction": "maximize", "trials": trials}
    with StudyWriter(study).locked() as folder:
        (study / "search").mkdir(exist_ok=True)
        tunings = [{**search, "arm": arm, "tuned": arm, "best": {"setting": {"rate": rate}}} for arm, rate in arms]
        folder.write_tunings(tunings)


def write_search(study: Path) -> None:
    """Write the result of a search of one trial."""
    trial = {"number": 0, "state": "finished", "value": 0.5, "setting": {"rate": 0.1}, "folder": "trial-0000"}
    (study / "search").mkdir()
    with StudyWriter(study).locked() as folder:
        folder.write_search_result({"search": "s", "space": {}, "trials": [trial], "best": trial})


def test_folders_packs_and_merged_studies_are_merged(study: Path, copies: tuple[Path, Path], tmp_path: Path) -> None:
    first, second = copies
    remove_runs(first, "-1")
    remove_runs(second, "-2")
    pack_study(first, tmp_path / "first.zip")
    merge_studies([tmp_path / "first.zip", second], tmp_path / "merged")
    assert arms_of(tmp_path / "merged") == arms_of(study), "seeds are in order, whichever machine made them"
    merge_studies([first], tmp_path / "merged")
    merge_studies([tmp_path / "merged", second, first], tmp_path / "again")
    assert arms_of(tmp_path / "again") == arms_of(study)
    merge_studies([first, second], first)
    assert arms_of(first) == arms_of(study), "the target may be one of the sources"


def test_every_difference_is_reported_with_its_studies(
    copies: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = copies
    arms = [asdict(arm) for arm in StudyReader(second).read().arms]
    arms[1]["config"] = {**arms[1]["config"], "training": {"epochs": 5}}
    edit_plan(first, margin=0.5)
    edit_plan(second, margin=1.0, slices=["length"], until="decided", code="d", arms=arms)
    assert main(["study", "merge", str(first), str(second), "-s", str(tmp_path / "merged")]) == 2
    printed = capsys.readouterr().err
    for expected in (
        f"margin differs: 0.5 in {first}; 1.0 in {second}",
        f"slices differs: none in {first}; length in {second}",
        f"until differs: none in {first}; decided in {second}",
        f"code differs: hash c in {first}; hash d in {second}",
        f"arm 'spans' differs between {first} and {second}: training.epochs: (not given) -> 5",
    ):
        assert expected in printed
    assert not (tmp_path / "merged").exists()


def test_an_existing_target_is_compared_as_well(copies: tuple[Path, Path], tmp_path: Path) -> None:
    first, second = copies
    merge_studies([first], tmp_path / "merged")
    edit_plan(second, margin=1.0)
    with pytest.raises(ConfigurationError, match=f"margin differs: none in {tmp_path / 'merged'}; 1.0 in {second}"):
        merge_studies([second], tmp_path / "merged")


def test_one_registration_is_kept_and_different_ones_are_reported(copies: tuple[Path, Path], tmp_path: Path) -> None:
    first, second = copies
    register_study(first, "spans help")
    merge_studies([second, first], tmp_path / "merged")
    assert (tmp_path / "merged" / REGISTRATION).read_bytes() == (first / REGISTRATION).read_bytes()
    register_study(second, "spans do not help")
    assert "registration differs: " in merge_problems(first, second, into=tmp_path / "again")


def test_searches_are_merged_or_reported_if_different(copies: tuple[Path, Path], tmp_path: Path) -> None:
    first, second = copies
    write_tunings(first, ("plain", 0.1))
    write_tunings(second, ("spans", 0.2), ("plain", 0.1))
    merged = merge_studies([first, second], tmp_path / "merged")
    tunings = StudyReader(tmp_path / "merged").tunings()
    assert [tuning["arm"] for tuning in tunings] == [arm.name for arm in merged.arms]
    write_tunings(second, ("plain", 0.3))
    expected = (
        f"search for arm 'plain' has different results: best rate: 0.1 of 1 trials in {first};"
        f" rate: 0.3 of 1 trials in {second}"
    )
    assert expected in merge_problems(first, second, into=tmp_path / "again")


def test_a_study_continues_from_a_pack_with_the_result_of_its_search(study: Path, tmp_path: Path) -> None:
    """Without it, 'study run' would drop the arm that the search found."""
    write_search(study)
    pack_study(study, tmp_path / "study.zip")
    merge_studies([tmp_path / "study.zip"], tmp_path / "merged")
    assert StudyReader(tmp_path / "merged").search_result() == StudyReader(study).search_result()


def test_words_that_a_pack_left_out_are_no_different_result(study: Path, tmp_path: Path) -> None:
    """A study that continued from a pack is merged with the original."""
    file = study / "runs" / "plain-1" / "predictions" / "validation.jsonl"
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    file.write_text("".join(json.dumps({**row, "words": ["a"]}) + "\n" for row in rows), encoding="utf-8")
    pack_study(study, tmp_path / "study.zip")
    for order in ([tmp_path / "study.zip", study], [study, tmp_path / "study.zip"]):
        merge_studies(order, tmp_path / "merged")
        assert arms_of(tmp_path / "merged") == arms_of(study)
    rows[0]["prediction"] = 1 - rows[0]["prediction"]
    file.write_text("".join(json.dumps({**row, "words": ["a"]}) + "\n" for row in rows), encoding="utf-8")
    found = merge_problems(study, tmp_path / "study.zip", into=tmp_path / "other")
    assert "run 'plain, seed 1' has different results" in found
    assert "predictions/validation.jsonl" in found


def test_runs_of_a_pack_are_whole_without_weights(study: Path, tmp_path: Path) -> None:
    """The files that packs leave out are no damage of the merged run; any other missing file is."""
    run = study / "runs" / "plain-1"
    (run / "model").mkdir()
    for name in ("model/config.json", "model/model.safetensors", "dictionary.parquet"):
        (run / name).write_bytes(b"{}")
    write_sealed(run / "status.json", {"state": "finished", "manifest": True})
    write_manifest(run, record_files(run, [name for name in files_below(run) if name != "status.json"]))
    pack_study(study, tmp_path / "study.zip")
    merge_studies([tmp_path / "study.zip"], tmp_path / "merged")
    merged = tmp_path / "merged" / "runs" / "plain-1"
    [found] = verify(merged)
    assert found.faults == []
    assert found.note == "its weights were not kept (the run was merged from a pack, which has no weights)"
    with pytest.raises(ConfigurationError, match=r"were not kept \(the run was merged from a pack"):
        SavedRun(merged)
    merge_studies([study], tmp_path / "merged")
    [found] = verify(merged)
    assert (found.faults, found.note) == ([], ""), "the original brings its weights"
    merge_studies([tmp_path / "study.zip"], tmp_path / "again")
    again = tmp_path / "again" / "runs" / "plain-1"
    (again / "metrics.json").unlink()
    assert any("metrics.json is missing" in fault for fault in next(iter(verify(again))).faults)


def test_runs_with_different_results_are_reported(copies: tuple[Path, Path], tmp_path: Path) -> None:
    first, second = copies
    predictions = second / "runs" / "plain-1" / "predictions" / "validation.jsonl"
    lines = predictions.read_text(encoding="utf-8")
    predictions.write_text(lines.replace('"prediction": 0', '"prediction": 1', 1), encoding="utf-8")
    metrics = second / "runs" / "spans-2" / "metrics.json"
    figures = json.loads(metrics.read_text(encoding="utf-8"))
    figures["splits"]["validation"]["loss"] = 0.25
    metrics.write_text(json.dumps(figures), encoding="utf-8")
    problems = merge_problems(first, second, into=tmp_path / "merged")
    assert (
        f"run 'plain, seed 1' has different results in {first} and {second}: predictions/validation.jsonl" in problems
    )
    assert (
        f"run 'spans, seed 2' has different results in {first} and {second}: loss on validation is 0.5 and 0.25"
        in problems
    )
    assert "remove the run's folder from the other study: runs/plain-1" in problems
    for run in ("plain-1", "spans-2"):
        shutil.rmtree(second / "runs" / run)
    merge_studies([first, second], tmp_path / "merged")
    assert arms_of(tmp_path / "merged") == arms_of(first)


def test_a_killed_merge_can_be_repeated(
    copies: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = copies
    (second / "texts").mkdir()
    (second / "texts" / "x.jsonl").write_text("{}", encoding="utf-8")

    def kill(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        # The plan is written last.
        patch.setattr(StudyWriter, "write", kill)
        with pytest.raises(KeyboardInterrupt):
            merge_studies([first, second], tmp_path / "merged")
    # As a process leaves it that is killed while it copies the registration.
    leftover = tmp_path / "merged" / f".{REGISTRATION}.1.part"
    leftover.write_text("{", encoding="utf-8")
    merge_studies([first, second], tmp_path / "merged")
    assert arms_of(tmp_path / "merged") == arms_of(first)
    assert not leftover.exists()


def test_a_folder_of_texts_alone_is_not_a_study(copies: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "mine" / "texts").mkdir(parents=True)
    assert "contains files that are not a study's" in merge_problems(*copies, into=tmp_path / "mine")


def test_weights_texts_and_the_working_directory_are_kept(copies: tuple[Path, Path], tmp_path: Path) -> None:
    first, second = copies
    (second / "runs" / "plain-1" / "model").mkdir()
    (second / "runs" / "plain-1" / "model" / "weights").write_bytes(b"w")
    (second / "texts").mkdir()
    (second / "texts" / "x.jsonl").write_text("{}", encoding="utf-8")
    edit_plan(first, directory="../data")
    (tmp_path / "data").mkdir()
    into = tmp_path / "deep" / "merged"
    merged = merge_studies([first, second], into)
    assert (into / "runs" / "plain-1" / "model" / "weights").exists()
    assert (into / "texts" / "x.jsonl").exists()
    assert merged.directory == os.path.join("..", "..", "data"), "relative to the merged study"
