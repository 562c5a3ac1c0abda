"""Checks of a study: each has a finding for its fault, and none for a sound study."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spanreg.cli.main import main
from spanreg.data import DatasetReader
from spanreg.storage import write_sealed
from spanreg.studies.analyse.results import read_results
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.report.checks import arm_checks
from spanreg.studies.report.checks.finding import PAGE, TITLES, CheckFinding
from spanreg.studies.report.checks.run_checks import check_results

ROOT = Path(__file__).parents[4]
GOLD = [index % 2 for index in range(60)]


def predictions_with_errors(wrong: int, seed: int) -> list[int]:
    """Return predictions with a number of errors, drawn by the seed."""
    flipped = np.random.default_rng(seed).permutation(60) < wrong
    return np.where(flipped, 1 - np.array(GOLD), GOLD).tolist()


def sound_predictions(seeds: int = 3) -> dict[str, dict[int, list[int]]]:
    """Return the predictions of two arms by seed, with 20 and 10 errors in 60 examples."""
    return {
        arm: {seed: predictions_with_errors(wrong, 10 * wrong + seed) for seed in range(1, seeds + 1)}
        for arm, wrong in (("plain", 20), ("spans", 10))
    }


def findings(folder: Path) -> dict[str, CheckFinding]:
    """Return the findings of a study by code."""
    study = StudyReader(folder)
    return {finding.code: finding for finding in check_results(read_results(study), study)}


def test_a_sound_study_has_no_findings(make_study: Callable[..., Path]) -> None:
    assert findings(make_study(sound_predictions(), GOLD)) == {}


def test_too_few_seeds_and_unfinished_runs(make_study: Callable[..., Path]) -> None:
    found = findings(make_study(sound_predictions(2), GOLD, unfinished={("late", 1): {}}))
    assert set(found) == {"SR001", "SR012"}
    assert found["SR001"].arms == ("plain", "spans")
    assert "2 seeds" in found["SR001"].problem


def test_constant_and_weak_predictions(make_study: Callable[..., Path]) -> None:
    predictions = sound_predictions() | {"stuck": dict.fromkeys((1, 2, 3), [1] * 60)}
    found = findings(make_study(predictions, GOLD))
    assert set(found) == {"SR009", "SR010"}
    assert found["SR009"].arms == found["SR010"].arms == ("stuck",)


# TITLES, in spanreg/studies/report/checks/finding.py, has the title of every code.
@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("SR003", {"other_capacity": True, "parameters_ratio": 1.5}),
        ("SR004", {"same_spans_as": "plain"}),
        ("SR011", {"same_predictions_as": "plain"}),
        ("SR006", {"config": {"training": {"load": "best"}}}),
        ("SR006", {"config": {"training": {"patience": 2}}}),
        ("SR008", {"curves": [{"seed": 1, "loss": [{"step": 1, "loss": 0.5}, {"step": 2, "loss": None}]}]}),
        ("SR008", {"curves": [{"seed": 1, "loss": [{"step": step, "loss": 0.5 + step} for step in range(30)]}]}),
    ],
)
def test_a_changed_arm_has_the_finding_of_its_fault(facts: dict[str, Any], code: str, changes: dict[str, Any]) -> None:
    arm = facts["arms"][1]
    assert code not in {finding.code for check in arm_checks.ARM_CHECKS for finding in check(facts)}
    arm |= changes
    arm["curves"] = [{"evaluations": [], **curve} for curve in arm["curves"]]
    found = [finding for check in arm_checks.ARM_CHECKS for finding in check(facts) if finding.code == code]
    assert [finding.arms[0] for finding in found] == [arm["name"]]


def test_a_falling_loss_has_not_diverged(facts: dict[str, Any]) -> None:
    assert not list(arm_checks.diverged(facts))


@pytest.mark.parametrize(
    ("rate", "channels", "problems"),
    [
        (1e-4, 64, ["training.learning_rate: 0.0001 is at the lower edge of its range"]),
        (1e-3, 128, ["aggregator.channels: 128 is at the upper edge of its range"]),
        (1e-3, 64, []),
    ],
)
def test_a_best_setting_at_the_edge_of_its_range(
    make_study: Callable[..., Path], rate: float, channels: int, problems: list[str]
) -> None:
    folder = make_study(sound_predictions(), GOLD)
    space = {
        "training.learning_rate": {"low": 1e-4, "high": 1e-2, "log": True},
        "aggregator.channels": {"low": 32, "high": 128, "integer": True},
        "segmenter": ["single", "random"],
    }
    setting = {"training.learning_rate": rate, "aggregator.channels": channels, "segmenter": "random"}
    (folder / "search").mkdir()
    trials = {"search": "key", "name": "s", "space": space, "trials": [{}] * 8, "best": {"setting": setting}}
    write_sealed(folder / "search" / "trials.json", trials)
    study = StudyReader(folder)
    found = check_results(read_results(study), study)
    assert [finding.problem for finding in found if finding.code == "SR005"] == problems
    assert "the best of 8 trials" in next(finding.problem for finding in found if finding.code == "SR002")


def test_many_combinations_without_reserved_examples(make_study: Callable[..., Path]) -> None:
    predictions = {
        f"aggregator=a{place}": {s: predictions_with_errors(20 + place, 9 * place + s) for s in (1, 2, 3)}
        for place in range(7)
    }
    arms = {name: {"choice": {"aggregator": name.partition("=")[2]}} for name in predictions}
    assert "SR002" in findings(make_study(predictions, GOLD, arms=arms))


@pytest.mark.parametrize("leaks", [True, False])
def test_a_dictionary_that_contains_the_scored_texts(
    make_study: Callable[..., Path], tmp_path: Path, leaks: bool
) -> None:
    data = {"type": "demo", "limit": 60}
    rows = DatasetReader.from_params(dict(data)).read("validation")
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("\n".join(row["text"].upper() if leaks else "other words" for row in rows), encoding="utf-8")
    config = {
        "data": data,
        "dictionary": {"type": "union", "dictionaries": [{"type": "ngram", "corpus": str(corpus)}]},
        "aggregator": {"type": "hierarchical_cnn"},
    }
    # The first arm with this corpus has no finished run; the finding must name the arm that was scored.
    predictions = {"stopped": {}, **sound_predictions()}
    waiting = {("stopped", seed): {} for seed in (1, 2, 3)}
    arms = {"stopped": {"config": config}, "spans": {"config": config}}
    plan = {"baseline": "plain"}
    found = findings(make_study(predictions, rows["label"][:60], unfinished=waiting, arms=arms, plan=plan))
    assert ("SR007" in found) == leaks
    if leaks:
        assert found["SR007"].arms == ("spans",)


def test_the_command_prints_findings(make_study: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    folder = make_study(sound_predictions(2), GOLD)
    assert main(["report", str(folder), "--checks", "--json"]) == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert (finding["code"], finding["arms"], finding["page"]) == ("SR001", ["plain", "spans"], f"{PAGE}#sr001")
    assert main(["report", str(folder), "--checks"]) == 1
    assert capsys.readouterr().out.splitlines()[1].startswith("SR001\ttoo few seeds\tplain, spans\t2 seeds")
    assert main(["report", str(folder), "--checks", "-o", "x.md"]) == 2
    assert "--checks writes no report" in capsys.readouterr().err


def test_the_command_exits_with_0_for_a_sound_study(
    make_study: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(make_study(sound_predictions(), GOLD)), "--checks"]) == 0
    assert capsys.readouterr().out == "no findings\n"


def test_every_check_has_a_heading_in_the_documentation() -> None:
    headings = re.findall(r"^## (SR\d{3})$", (ROOT / PAGE).read_text(encoding="utf-8"), re.M)
    assert headings == list(TITLES)
