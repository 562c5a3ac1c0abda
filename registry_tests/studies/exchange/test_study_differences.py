"""study_differences: what differs between two studies, from their folders or their files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spanreg.cli.main import main
from spanreg.studies.exchange.study_differences import study_differences
from spanreg.studies.execute.folder import StudyReader

MakeStudy = Callable[..., Path]
GOLD = [0, 1] * 10


def test_differences_of_two_folders(make_study_in: MakeStudy, tmp_path: Path) -> None:
    arms = {
        "spans": {"config": {"data": {"type": "demo"}, "aggregator": {"type": "flat_cnn"}}, "inputs": {"a.txt": "1"}}
    }
    first = make_study_in(tmp_path / "a", {"plain": {1: GOLD}, "spans": {1: GOLD}, "old": {1: GOLD}}, GOLD, arms=arms)
    changed: dict[str, Any] = json.loads(json.dumps(arms))
    changed["spans"]["config"]["aggregator"]["channels"] = 9
    changed["spans"]["inputs"]["a.txt"] = "2"
    second = make_study_in(
        tmp_path / "b",
        {"plain": {1: GOLD}, "spans": {1: GOLD, 2: [0] * 20}},
        GOLD,
        arms=changed,
        plan={"margin": 1.0, "code": "other"},
    )
    folders = (StudyReader(first), StudyReader(second))
    found = study_differences(folders[0].read(), folders[1].read(), folders)
    assert found.study == [
        "margin: none -> 1.0",
        "the code of spanreg, of its libraries or of included packages differs",
    ]
    arms_by_name = {arm.name: arm for arm in found.arms}
    assert [(arm.name, arm.where) for arm in found.arms] == [("plain", "both"), ("spans", "both"), ("old", "first")]
    assert arms_by_name["spans"].changes == [
        "aggregator.channels: (not given) -> 9",
        "the content of a.txt differs",
        "seeds: 1 -> 1, 2",
    ]
    assert (arms_by_name["spans"].means, arms_by_name["old"].means) == ((1.0, 0.75), (1.0, None))
    assert not found.same


def test_differences_of_two_study_files(
    base: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, seeds in (("a", [1]), ("b", [1, 2])):
        study = {"base": base, "seeds": seeds, "arms": {"plain": {"aggregator": "none"}}}
        (tmp_path / f"{name}.json").write_text(json.dumps(study), encoding="utf-8")
    assert main(["study", "compare", str(tmp_path / "a.json"), str(tmp_path / "b.json"), "--json"]) == 1
    printed = json.loads(capsys.readouterr().out)
    assert [arm["changes"] for arm in printed["arms"]] == [["seeds: 1 -> 1, 2"]] * 2
    assert main(["study", "compare", str(tmp_path / "a.json"), str(tmp_path / "a.json")]) == 0
