"""``spanreg diff``: configs, runs and studies compared by component and by metrics."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from spanreg.cli.main import main
from spanreg.studies.exchange.pack import pack_study

FROZEN = Path(__file__).parents[2] / "frozen"
TINY = {"data": {"type": "demo"}, "encoder": {"type": "tiny"}}
STUDY = """{
  base: import 'one.jsonnet',
  arms: { plain: { aggregator: 'none' }, %s: { encoder: { dim: 16 } } },
}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("one.jsonnet").write_text("{ data: { type: 'demo' }, encoder: { type: 'tiny' }, aggregator: 'flat_cnn' }")
    Path("two.jsonnet").write_text("(import 'one.jsonnet') { training: { epochs: 1 } }")
    Path("study.jsonnet").write_text(STUDY % "small")
    Path("other.jsonnet").write_text(STUDY % "little")
    return tmp_path


def diff(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["diff", *arguments])
    out, err = capsys.readouterr()
    return code, out + err


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (("one.jsonnet", "one.jsonnet"), 0, "no differences\n"),
        (("one.jsonnet", "two.jsonnet"), 1, "training.epochs: 3.0 (default) -> 1\n"),
        (("one.jsonnet", "two.jsonnet", "--set", "training.epochs=1"), 0, "no differences\n"),
        (("study.jsonnet:small", "one.jsonnet"), 1, "encoder.dim: 16 -> 32 (default)\n"),
        (("study.jsonnet", "study.jsonnet"), 0, "no differences\n"),
        (("study.jsonnet", "other.jsonnet"), 1, "small: only in study.jsonnet\nlittle: only in other.jsonnet\n"),
        (
            ("one.jsonnet", "study.jsonnet"),
            2,
            "study.jsonnet: is a study, and the other one is not. name one of its arms",
        ),
        (("study.jsonnet:smal", "one.jsonnet"), 2, "study.jsonnet: there is no arm 'smal'. did you mean 'small'?"),
        (("one.jsonnet:small", "one.jsonnet"), 2, "one.jsonnet: there is no arm 'small'. write one.jsonnet"),
        (("absent.jsonnet", "one.jsonnet"), 2, "absent.jsonnet: there is no such file."),
        (("one.jsonnet", "."), 2, "there is no study in ."),
    ],
)
def test_texts_and_exit_codes(
    arguments: tuple[str, ...], code: int, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found, said = diff(capsys, *arguments)
    assert found == code
    assert said == text or (code == 2 and text in said)


@pytest.fixture
def runs(here: Path) -> tuple[Path, Path]:
    """Two runs, one of which has another accuracy."""
    for name in ("first", "second"):
        shutil.copytree(FROZEN / "run_0_1", here / name)
    (here / "second" / "manifest.json").unlink()
    metrics = (here / "second" / "metrics.json").read_text()
    (here / "second" / "metrics.json").write_text(metrics.replace("0.625", "0.75", 1))
    return here / "first", here / "second"


@pytest.mark.usefixtures("runs")
def test_runs(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = diff(capsys, "first", "second")
    assert code == 1
    assert text.splitlines()[:2] == [
        "split\tfigure\tfirst\tsecond\tdifference",
        "validation\taccuracy\t0.6250\t0.7500\t0.1250",
    ]
    assert diff(capsys, "first", "first") == (0, "no differences\n")
    assert diff(capsys, "first", str(FROZEN / "config_0_1.jsonnet")) == (0, "no differences\n")


def test_packs(make_study_in: Callable[..., Path], here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    right = [0, 1, 1, 0]
    made = {"plain": {1: right, 2: [0, 1, 0, 0]}, "spans": {1: right}}
    for name, kernel_size in (("old", 3), ("new", 5)):
        parts = {"plain": {"type": "none"}, "spans": {"type": "flat_cnn", "kernel_size": kernel_size}}
        arms = {arm: {"config": {**TINY, "aggregator": part}} for arm, part in parts.items()}
        folder = make_study_in(here / name, made, right, arms=arms)
        pack_study(folder, here / f"{name}.zip")
    assert diff(capsys, "old.zip", "old/made") == (0, "no differences\n")
    code, text = diff(capsys, "old.zip", "new.zip")
    assert (code, text.splitlines()[0]) == (1, "spans: aggregator.kernel_size: 3 -> 5")
    assert diff(capsys, "old.zip:plain", "new.zip:plain") == (0, "no differences\n")
    code, text = diff(capsys, "old.zip:plain", "new.zip:spans")
    assert code == 1
    assert text.splitlines()[:3] == [
        "aggregator: none -> flat_cnn; 2 keys added",
        "split\tfigure\told.zip:plain\tnew.zip:spans\tdifference",
        "validation\taccuracy\t0.8750\t1.0000\t0.1250",
    ]
    code, text = diff(capsys, "old.zip", "new.zip:plain")
    assert (code, text) == (2, "old.zip: is a study, and the other one is not. name one of its arms: old.zip:plain\n")


@pytest.mark.usefixtures("runs")
def test_a_run_against_a_pack(
    make_study_in: Callable[..., Path], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arms = {"plain": {"config": {**TINY, "aggregator": {"type": "none"}}}}
    pack_study(make_study_in(here, {"plain": {1: [0, 1]}}, [0, 1], arms=arms), here / "pack.zip")
    code, text = diff(capsys, "first", "pack.zip")
    assert (code, text) == (2, "pack.zip: is a study, and the other one is not. name one of its arms: pack.zip:plain\n")
    code, text = diff(capsys, "first", "pack.zip:plain")
    assert code == 1
    assert "aggregator: hierarchical_cnn -> none; " in text
    assert "\nvalidation\taccuracy\t0.6250\t1.0000\t0.3750\n" in text


@pytest.mark.usefixtures("runs")
def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "first", "second", "--set", "seed=3", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["equal"] is False
    assert found["difference"]["config"] == []
    assert found["difference"]["metrics"][0] == {"split": "validation", "figure": "accuracy", "old": 0.625, "new": 0.75}
    assert main(["diff", "study.jsonnet", "other.jsonnet", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["only"] == {"small": "study.jsonnet", "little": "other.jsonnet"}
    assert found["arms"]["plain"] == {"config": [], "metrics": []}
