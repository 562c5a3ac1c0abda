"""Studies from several machines are joined, or everything in which they disagree is named."""

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
from spanreg.studies.analyse.results import read_results
from spanreg.studies.exchange.merge import merge_studies
from spanreg.studies.exchange.pack import opened_study, pack_study
from spanreg.studies.execute.folder import REGISTRATION, StudyReader, StudyWriter
from spanreg.studies.execute.registration import register
from spanreg.studies.report.facts import report_facts

LABELS = [0, 1, 1, 0, 1, 0, 1, 1]
PREDICTIONS = {
    "plain": {1: [0, 1, 0, 0, 1, 1, 1, 1], 2: [0, 0, 1, 0, 1, 0, 1, 1], 3: [1, 1, 1, 0, 1, 0, 0, 1]},
    "spans": {1: [0, 1, 1, 0, 1, 1, 1, 1], 2: [0, 1, 1, 0, 1, 0, 1, 1], 3: [1, 1, 1, 0, 1, 0, 1, 1]},
}


@pytest.fixture
def study(make_study: Callable[..., Path]) -> Path:
    return make_study(PREDICTIONS, LABELS)


@pytest.fixture
def copies(study: Path, tmp_path: Path) -> tuple[Path, Path]:
    """The study on two machines."""
    one, other = tmp_path / "one", tmp_path / "other"
    shutil.copytree(study, one)
    shutil.copytree(study, other)
    return one, other


def edited(study: Path, **plan: Any) -> None:
    written = json.loads((study / "plan.json").read_text(encoding="utf-8"))
    (study / "plan.json").write_text(json.dumps({**written, **plan}), encoding="utf-8")


def without(study: Path, *ends: str) -> None:
    """Remove the runs whose folders end like this, from the plan as well."""
    written = json.loads((study / "plan.json").read_text(encoding="utf-8"))
    for run in [run for run in written["runs"] if run["folder"].endswith(ends)]:
        shutil.rmtree(study / run["folder"])
        written["runs"].remove(run)
    edited(study, runs=written["runs"])


def arms_of(path: Path) -> Any:
    with opened_study(path) as folder:
        return report_facts(read_results(folder))["arms"]


def problems(*sources: Path, into: Path) -> str:
    with pytest.raises(ConfigurationError) as raised:
        merge_studies(sources, into)
    assert not (into / "plan.json").exists()
    return str(raised.value)


def registered(study: Path, hypothesis: str) -> None:
    plan: Any = SimpleNamespace(study=SimpleNamespace(search=None, hypothesis=hypothesis, about=""))
    register(plan, StudyReader(study).read(), study / REGISTRATION)


def tuned(study: Path, *arms: tuple[str, float]) -> None:
    trials = [{"number": 0, "state": "finished", "value": 0.5, "setting": {}, "folder": study.name}]
    found = {"search": "s", "space": {}, "budget": 1, "direction": "maximize", "trials": trials}
    with StudyWriter(study).locked() as folder:
        (study / "search").mkdir(exist_ok=True)
        made = [{**found, "arm": arm, "tuned": arm, "best": {"setting": {"rate": rate}}} for arm, rate in arms]
        folder.write_tunings(made)


def test_folders_packs_and_merged_studies_are_joined(study: Path, copies: tuple[Path, Path], tmp_path: Path) -> None:
    one, other = copies
    without(one, "-1")
    without(other, "-2")
    pack_study(one, tmp_path / "one.zip")
    merge_studies([tmp_path / "one.zip", other], tmp_path / "joined")
    assert arms_of(tmp_path / "joined") == arms_of(study), "seeds are in order, whichever machine made them"
    merge_studies([one], tmp_path / "joined")
    merge_studies([tmp_path / "joined", other, one], tmp_path / "again")
    assert arms_of(tmp_path / "again") == arms_of(study)
    merge_studies([one, other], one)
    assert arms_of(one) == arms_of(study), "the target may be one of the sources"


def test_every_disagreement_is_named_with_its_studies(
    copies: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = copies
    arms = [asdict(arm) for arm in StudyReader(other).read().arms]
    arms[1]["config"] = {**arms[1]["config"], "training": {"epochs": 5}}
    edited(one, margin=0.5)
    edited(other, margin=1.0, slices=["length"], until="decided", code="d", arms=arms)
    assert main(["study", "merge", str(one), str(other), "-s", str(tmp_path / "joined")]) == 2
    said = capsys.readouterr().err
    for expected in (
        f"margin differs: 0.5 in {one}; 1.0 in {other}",
        f"slices differs: none in {one}; length in {other}",
        f"until differs: none in {one}; decided in {other}",
        f"code differs: hash c in {one}; hash d in {other}",
        f"arm 'spans' differs between {one} and {other}: training.epochs: (not given) -> 5",
    ):
        assert expected in said
    assert not (tmp_path / "joined").exists()


def test_a_target_is_compared_as_well(copies: tuple[Path, Path], tmp_path: Path) -> None:
    one, other = copies
    merge_studies([one], tmp_path / "joined")
    edited(other, margin=1.0)
    with pytest.raises(ConfigurationError, match=f"margin differs: none in {tmp_path / 'joined'}; 1.0 in {other}"):
        merge_studies([other], tmp_path / "joined")


def test_registrations(copies: tuple[Path, Path], tmp_path: Path) -> None:
    one, other = copies
    registered(one, "spans help")
    merge_studies([other, one], tmp_path / "joined")
    assert (tmp_path / "joined" / REGISTRATION).read_bytes() == (one / REGISTRATION).read_bytes()
    registered(other, "spans do not help")
    assert "registration differs: " in problems(one, other, into=tmp_path / "again")


def test_searches_of_other_arms_are_joined_and_others_compared(copies: tuple[Path, Path], tmp_path: Path) -> None:
    one, other = copies
    tuned(one, ("plain", 0.1))
    tuned(other, ("spans", 0.2), ("plain", 0.1))
    joined = merge_studies([one, other], tmp_path / "joined")
    found = StudyReader(tmp_path / "joined").tunings()
    assert [tuning["arm"] for tuning in found] == [arm.name for arm in joined.arms]
    tuned(other, ("plain", 0.3))
    assert (
        f"search for arm 'plain' has different results: best rate: 0.1 of 1 trials in {one}; rate: 0.3 of 1 trials in "
        f"{other}" in problems(one, other, into=tmp_path / "again")
    )


def test_runs_with_different_bits_are_not_chosen_from(copies: tuple[Path, Path], tmp_path: Path) -> None:
    one, other = copies
    predictions = other / "runs" / "plain-1" / "predictions" / "validation.jsonl"
    written = predictions.read_text(encoding="utf-8")
    predictions.write_text(written.replace('"prediction": 0', '"prediction": 1', 1), encoding="utf-8")
    metrics = other / "runs" / "spans-2" / "metrics.json"
    figures = json.loads(metrics.read_text(encoding="utf-8"))
    figures["splits"]["validation"]["loss"] = 0.25
    metrics.write_text(json.dumps(figures), encoding="utf-8")
    said = problems(one, other, into=tmp_path / "joined")
    assert f"run 'plain, seed 1' has different results in {one} and {other}: predictions/validation.jsonl" in said
    assert f"run 'spans, seed 2' has different results in {one} and {other}: loss on validation is 0.5 and 0.25" in said
    assert "remove the run's folder from the other study: runs/plain-1" in said
    for run in ("plain-1", "spans-2"):
        shutil.rmtree(other / "runs" / run)
    merge_studies([one, other], tmp_path / "joined")
    assert arms_of(tmp_path / "joined") == arms_of(one)


def test_weights_texts_and_the_working_directory_are_kept(copies: tuple[Path, Path], tmp_path: Path) -> None:
    one, other = copies
    (other / "runs" / "plain-1" / "model").mkdir()
    (other / "runs" / "plain-1" / "model" / "weights").write_bytes(b"w")
    (other / "texts").mkdir()
    (other / "texts" / "x.jsonl").write_text("{}", encoding="utf-8")
    edited(one, directory="../data")
    (tmp_path / "data").mkdir()
    into = tmp_path / "deep" / "joined"
    joined = merge_studies([one, other], into)
    assert (into / "runs" / "plain-1" / "model" / "weights").exists()
    assert (into / "texts" / "x.jsonl").exists()
    assert joined.directory == os.path.join("..", "..", "data")
