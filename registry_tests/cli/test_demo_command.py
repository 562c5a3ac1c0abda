"""``spanreg demo``: what it shows, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spanreg.cli.main import main
from spanreg.segmenters.spans import Span
from spanreg.training import demo
from spanreg.training.demo import DemoExample, DemoResult, DemoRun, DemoSettings

TEXT = "She spilled the beans."
EXAMPLE = DemoExample(TEXT, [Span(0, 3, 1), Span(4, 21, 3), Span(21, 22, 1)], "literal", {"plain": "literal"})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[DemoSettings]:
    """What the command asks for; nothing is trained."""
    settings: list[DemoSettings] = []

    def run(given: DemoSettings) -> DemoResult:
        settings.append(given)
        scores = {("plain", 1): 0.5, ("spans", 1): 0.625, ("plain", 2): 0.75, ("spans", 2): 0.75}
        runs = [
            DemoRun(arm, seed, {"validation": score, "test": score}, 12.4, given.folder / f"{arm}-{seed}")
            for (arm, seed), score in scores.items()
        ]
        return DemoResult(99, runs, [EXAMPLE])

    monkeypatch.setattr(demo, "run_demo", run)
    return settings


def test_what_people_see(asked: list[DemoSettings], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "-s", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:8] == [
        "arm\tseed\tvalidation\ttest\ttraining",
        "plain\t1\t0.5000\t0.5000\t12 s",
        "spans\t1\t0.6250\t0.6250\t12 s",
        "plain\t2\t0.7500\t0.7500\t12 s",
        "spans\t2\t0.7500\t0.7500\t12 s",
        "plain\tmean\t0.6250\t0.6250\t",
        "spans\tmean\t0.6875\t0.6875\t",
    ]
    assert lines[8] == "spans against plain on test: +0.0625; 2 seed(s) are too few to tell that from luck"
    assert "She | spilled the beans | ." in lines
    assert "    literal; plain says literal" in lines
    assert str(tmp_path) in lines[-2]
    assert lines[-1].endswith(f"spanreg predict {tmp_path / 'spans-2'} -")


def test_what_programs_see(asked: list[DemoSettings], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "-s", str(tmp_path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["mean"] == {
        "plain": {"validation": 0.625, "test": 0.625},
        "spans": {"validation": 0.6875, "test": 0.6875},
    }
    assert said["runs"][1]["folder"] == str(tmp_path / "spans-1")
    assert said["examples"] == [
        {"text": TEXT, "spans": [[0, 3], [4, 21], [21, 22]], "label": "literal", "predictions": {"plain": "literal"}}
    ]


def test_what_it_asks_for(asked: list[DemoSettings]) -> None:
    assert main(["demo", "--seeds", "2", "--minutes", "1.5", "--encoder", "pkg:other/model", "-f"]) == 0
    assert asked[0].seeds == 2
    assert asked[0].seconds == 90
    assert asked[0].encoder == "pkg:other/model"
    assert asked[0].force
    assert asked[0].folder == Path("demo-run")
    assert asked[0].callbacks() == []


def test_no_seeds(asked: list[DemoSettings], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--seeds", "0"]) == 2
    assert capsys.readouterr().err == "--seeds: 0 seeds train nothing. give at least 1\n"


def test_an_encoder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "-s", str(tmp_path / "demo"), "--encoder", "pkg:no_such_package/model", "-q"]) == 2
    assert capsys.readouterr().err.endswith("model: the package 'no_such_package' is not installed. install it\n")
    assert not (tmp_path / "demo" / "plain-1").exists()
