"""``spanreg diff``: configs, runs, studies and packs compared by components and metrics."""

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
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Change to a folder with two configs and two studies, and return it."""
    monkeypatch.chdir(tmp_path)
    Path("one.jsonnet").write_text("{ data: { type: 'demo' }, encoder: { type: 'tiny' }, aggregator: 'flat_cnn' }")
    Path("two.jsonnet").write_text("(import 'one.jsonnet') { training: { epochs: 1 } }")
    Path("study.jsonnet").write_text(STUDY % "small")
    Path("other.jsonnet").write_text(STUDY % "little")
    return tmp_path


def diff(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Return exit code and output of the command."""
    code = main(["diff", *arguments])
    out, err = capsys.readouterr()
    return code, out + err


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
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
def test_output_and_exit_codes(
    arguments: tuple[str, ...], code: int, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found, text = diff(capsys, *arguments)
    assert found == code
    if code == 2:
        assert text.startswith(expected)
    else:
        assert text == expected


@pytest.fixture
def runs(home: Path) -> None:
    """Write the folders of two runs, ``first`` and ``second``, which differ in their accuracy."""
    for name in ("first", "second"):
        shutil.copytree(FROZEN / "run_0_1", home / name)
    # The manifest has the checksum of the metrics as they were.
    (home / "second" / "manifest.json").unlink()
    metrics = (home / "second" / "metrics.json").read_text()
    (home / "second" / "metrics.json").write_text(metrics.replace("0.625", "0.75", 1))


@pytest.mark.usefixtures("runs")
def test_runs_are_compared_by_their_metrics(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = diff(capsys, "first", "second")
    assert code == 1
    assert text.splitlines()[:2] == [
        "split\tfigure\tfirst\tsecond\tdifference",
        "validation\taccuracy\t0.6250\t0.7500\t0.1250",
    ]
    assert diff(capsys, "first", "first") == (0, "no differences\n")
    assert diff(capsys, "first", str(FROZEN / "config_0_1.jsonnet")) == (0, "no differences\n")


def test_packs_are_compared_as_wholes_or_by_arm(
    make_study_in: Callable[..., Path], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = [0, 1, 1, 0]
    predictions = {"plain": {1: labels, 2: [0, 1, 0, 0]}, "spans": {1: labels}}
    for name, kernel_size in (("old", 3), ("new", 5)):
        parts = {"plain": {"type": "none"}, "spans": {"type": "flat_cnn", "kernel_size": kernel_size}}
        arms = {arm: {"config": {**TINY, "aggregator": part}} for arm, part in parts.items()}
        folder = make_study_in(home / name, predictions, labels, arms=arms)
        pack_study(folder, home / f"{name}.zip")
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
def test_a_run_is_compared_with_an_arm_of_a_pack(
    make_study_in: Callable[..., Path], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arms = {"plain": {"config": {**TINY, "aggregator": {"type": "none"}}}}
    pack_study(make_study_in(home, {"plain": {1: [0, 1]}}, [0, 1], arms=arms), home / "pack.zip")
    code, text = diff(capsys, "first", "pack.zip")
    assert (code, text) == (2, "pack.zip: is a study, and the other one is not. name one of its arms: pack.zip:plain\n")
    code, text = diff(capsys, "first", "pack.zip:plain")
    assert code == 1
    assert "aggregator: hierarchical_cnn -> none; " in text
    assert "\nvalidation\taccuracy\t0.6250\t1.0000\t0.3750\n" in text


@pytest.mark.usefixtures("runs")
def test_differences_are_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "first", "second", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["equal"] is False
    assert found["difference"]["config"] == []
    assert found["difference"]["metrics"][0] == {"split": "validation", "figure": "accuracy", "old": 0.625, "new": 0.75}
    assert main(["diff", "study.jsonnet", "other.jsonnet", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["only"] == {"small": "study.jsonnet", "little": "other.jsonnet"}
    assert found["arms"]["plain"] == {"config": [], "metrics": []}
