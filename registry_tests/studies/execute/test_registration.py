"""Studies that are registered before their runs, and the differences that make their results exploratory."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from registry_tests.in_process import InProcessExecutor
from spanreg.cli.main import main
from spanreg.registry import ConfigurationError
from spanreg.studies.analyse.results import read_results
from spanreg.studies.define.patches import merge
from spanreg.studies.define.plan import StudyPlan
from spanreg.studies.exchange.merge import merge_studies
from spanreg.studies.execute.folder import REGISTRATION, StudyReader, StudyWriter
from spanreg.studies.execute.record import PlannedArm
from spanreg.studies.execute.registration import (
    RegistrationStatus,
    read_registration,
    register,
    registration_status,
)
from spanreg.studies.execute.run import StudyRequest, record_of, run_study

MakePlan = Callable[..., StudyPlan]


def write_study(base: dict[str, Any], path: Path, **keys: Any) -> str:
    """Write a study file with one seed, and return its path."""
    path.write_text(json.dumps({"base": base, "seeds": [1], **keys}), encoding="utf-8")
    return str(path)


def registration_of(folder: Path) -> RegistrationStatus:
    """Return the registration of a study as its results report it."""
    registration = read_results(StudyReader(folder)).registration
    assert registration is not None
    return registration


def test_a_registered_study_is_confirmatory_until_something_differs(
    base: dict[str, Any], tmp_path: Path, make_plan: MakePlan, capsys: pytest.CaptureFixture[str]
) -> None:
    file, folder = write_study(base, tmp_path / "s.json", hypothesis="spans help"), tmp_path / "s"
    assert main(["study", "register", file, "-s", str(folder), "--json"]) == 0
    registered = json.loads(capsys.readouterr().out)
    assert registered["hypothesis"] == "spans help"
    assert main(["study", "register", file, "-s", str(folder)]) == 2
    assert "the study was registered on" in capsys.readouterr().err
    plan = make_plan(base=base, seeds=[1])
    run_study(plan, folder, InProcessExecutor(), StudyRequest("s"))
    found = registration_of(folder)
    assert (found.kind, found.differences, found.hash) == ("confirmatory", [], registered["hash"])
    assert main(["report", str(folder)]) == 0
    assert "Confirmatory: the study was registered on " in capsys.readouterr().out
    assert main(["verify", str(folder)]) == 0
    # A packed study, and a merged one, keep the registration.
    assert main(["study", "pack", str(folder), "-o", str(tmp_path / "s.zip")]) == 0
    capsys.readouterr()
    assert main(["diff", str(tmp_path / "s.zip"), str(folder)]) == 0
    run = folder / StudyReader(folder).read().runs[0].folder
    assert main(["diff", str(run), f"{tmp_path / 's.zip'}:base"]) == 0
    assert capsys.readouterr().out == "no differences\n" * 2
    # A registration after the first run comes too late.
    (folder / REGISTRATION).rename(tmp_path / "first.json")
    assert main(["study", "register", file, "-s", str(folder)]) == 0
    (tmp_path / "first.json").replace(folder / REGISTRATION)
    printed = capsys.readouterr()
    assert "runs have started already (base, seed 1), so the report will mark the results as exploratory" in printed.err
    assert "before the first run" not in printed.out
    assert main(["report", str(tmp_path / "s.zip"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["registration"]["kind"] == "confirmatory"
    merge_studies([tmp_path / "s.zip"], tmp_path / "joined")
    assert registration_of(tmp_path / "joined").kind == "confirmatory"
    # Another seed and a margin, which were chosen after the first results.
    record = record_of(make_plan(base=base, seeds=[1, 2], margin=0.5), StudyRequest("s"), StudyReader(folder).read())
    with StudyWriter(folder).locked() as writer:
        writer.write(record)
    found = registration_of(folder)
    assert (found.kind, found.differences) == (
        "exploratory",
        [
            "margin: none when registered, now 0.5",
            "the seeds of 'base': 1 when registered, now 1, 2",
            "1 of 2 runs are not finished",
        ],
    )


def test_trials_of_an_earlier_search_are_recorded_in_the_registration(
    base: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, folder = write_study(base, tmp_path / "s.json"), tmp_path / "s"
    for number in (0, 1):
        trial = folder / f"search/s-1/trial-{number:04}"
        trial.mkdir(parents=True)
        (trial / "status.json").write_text('{"state": "finished"}', encoding="utf-8")
    assert main(["study", "register", file, "-s", str(folder)]) == 0
    printed = capsys.readouterr()
    assert "runs have started already (2 trials of a search), so the report will mark the results as" in printed.err
    assert "before the first run" not in printed.out
    assert read_registration(folder / REGISTRATION)["trials"] == 2


def test_nothing_is_written_into_a_folder_of_something_else(
    base: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "mine.txt").write_text("my notes", encoding="utf-8")
    assert main(["study", "register", write_study(base, tmp_path / "s.json"), "-s", str(notes)]) == 2
    assert "notes contains files that are not a study's" in capsys.readouterr().err
    assert [file.name for file in notes.iterdir()] == ["mine.txt"]


def test_differences_from_the_registration_are_listed(
    make_plan: MakePlan, make_study: Callable[..., Path], base: dict[str, Any]
) -> None:
    gold = [0, 1] * 10
    folder = make_study({"plain": {1: gold}}, gold)
    assert registration_of(folder).differences == ["the study was not registered before its runs"]
    plan = make_plan(arms={"more": {"aggregator": "none"}}, seeds=[1])
    register(plan, record_of(plan, StudyRequest("s"), None), folder / REGISTRATION, trials=2)
    differences = registration_of(folder).differences
    assert "the arm 'plain' was not registered" in differences
    assert "the registered arm 'more' is missing" in differences
    assert "the code has changed" in differences
    assert "2 trials of a search started before the registration" in differences
    assert differences[-1] == "runs that started before the registration, or at an unknown time: plain, seed 1"


def test_the_arm_that_a_registered_search_found_is_no_difference(make_plan: MakePlan, tmp_path: Path) -> None:
    space = {"training.learning_rate": [0.01, 0.02], "segmenter": ["max_match", "random"]}
    plan, folder = make_plan(search={"space": space}, seeds=[1]), StudyReader(tmp_path)
    record = record_of(plan, StudyRequest("s"), None)
    register(plan, record, tmp_path / REGISTRATION)
    best = {"setting": {"training.learning_rate": 0.01, "segmenter": "random"}}
    (tmp_path / "search").mkdir()
    StudyWriter(tmp_path).write_search_result({"search": "s", "space": {}, "trials": [], "best": best})

    def differences(tags: list[str], rate: float, segmenter: str) -> list[str]:
        config = merge(record.arms[0].config, {"training": {"learning_rate": rate}, "segmenter": segmenter})
        arms = [*record.arms, PlannedArm("found", config, tags=tags)]
        return registration_status(folder, replace(record, arms=arms), []).differences

    assert differences(["search"], 0.01, "random") == []
    another = ["the arm 'found' was not registered"]
    assert differences(["search"], 0.02, "random") == another
    assert differences(["search"], 0.01, "max_match") == another
    assert differences([], 0.01, "random") == another
    (tmp_path / "search" / "trials.json").unlink()
    assert differences(["search"], 0.01, "random") == another


def test_an_edited_registration_is_reported_as_damaged(make_plan: MakePlan, tmp_path: Path) -> None:
    plan, path = make_plan(seeds=[1]), tmp_path / REGISTRATION
    register(plan, record_of(plan, StudyRequest("s"), None), path)
    assert read_registration(path)["format"] == 1
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"hypothesis": ""', '"hypothesis": "better"'), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"registration\.json is damaged: .*restore the file"):
        read_registration(path)
