"""The demo's arms, and that it keeps to its seeds, its time and what is there already."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from spanreg.data import idioms
from spanreg.registry import ConfigurationError, Params
from spanreg.segmenters.spans import segment_texts
from spanreg.training import demo
from spanreg.training.assembly import build_segmenter
from spanreg.training.demo import ARMS, DemoResult, DemoSettings, demo_config, run_demo
from spanreg.training.experiment import Experiment

CONFIGS = Path(__file__).parents[2] / "configs" / "demo"


def tiny_config(arm: str, seed: int, encoder: str = "") -> dict[str, Any]:
    """The demo's config at a size for tests."""
    return {
        **demo_config(arm, seed),
        "data": {"type": "demo", "limit": 16},
        "encoder": {"type": "tiny", "dim": 16, "layers": 1},
        "training": {"max_steps": 1, "batch_size": 8},
    }


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DemoResult]:
    """The folder and the result of a demo with one seed."""
    folder = tmp_path_factory.mktemp("finished") / "demo"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "demo_config", tiny_config)
        return folder, run_demo(DemoSettings(folder, seeds=1))


@pytest.fixture
def settings(finished: tuple[Path, DemoResult], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DemoSettings:
    """For a demo in a folder where one seed is there already."""
    monkeypatch.setattr(demo, "demo_config", tiny_config)
    shutil.copytree(finished[0], tmp_path / "demo")
    return DemoSettings(tmp_path / "demo", seeds=1)


@pytest.mark.parametrize("arm", ARMS)
def test_configs_demo_are_the_arms(arm: str) -> None:
    assert Params.from_file(CONFIGS / f"{arm}.jsonnet").as_dict(quiet=True) == demo_config(arm, seed=1)


def test_every_arm_under_every_seed(settings: DemoSettings) -> None:
    result = run_demo(replace(settings, seeds=2))
    assert [(run.arm, run.seed) for run in result.runs] == [("plain", 1), ("spans", 1), ("plain", 2), ("spans", 2)]
    for run in result.runs:
        assert run.folder == settings.folder / f"{run.arm}-{run.seed}"
        assert (run.folder / "predictions" / "test.jsonl").is_file()
        assert {split: 0 <= score <= 1 for split, score in run.accuracy.items()} == {"validation": True, "test": True}
    scores = [run.accuracy["test"] for run in result.runs if run.arm == "spans"]
    assert result.mean("spans", "test") == pytest.approx(sum(scores) / 2)


def test_examples_are_of_different_idioms(finished: tuple[Path, DemoResult]) -> None:
    result = finished[1]
    rows = {row.text: row for row in idioms.sentences("test")[:16]}
    shown = [rows[example.text] for example in result.examples]
    assert len({row.expression for row in shown}) == len(shown) == demo.EXAMPLES
    for example, row in zip(result.examples, shown, strict=True):
        assert example.label == idioms.LABELS[row.label]
        assert example.predictions.keys() == ARMS.keys()
        assert set(example.predictions.values()) <= set(idioms.LABELS)


def test_what_is_there_is_not_trained_again(
    finished: tuple[Path, DemoResult], settings: DemoSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "train", lambda *given, **options: pytest.fail("trained again"))
    again = run_demo(settings)
    assert again.examples == finished[1].examples
    assert [run.accuracy for run in again.runs] == [run.accuracy for run in finished[1].runs]


def test_runs_of_older_code_are_trained_again(settings: DemoSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    trained = []
    monkeypatch.setattr(demo, "hash_sources", lambda: "other")
    monkeypatch.setattr(
        demo, "train", lambda params, folder, **options: trained.append((folder.name, options["force"]))
    )
    run_demo(settings)
    assert trained == [("plain-1", True), ("spans-1", True)]


def test_runs_of_another_config_are_left_alone(settings: DemoSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "demo_config", lambda *given: {**tiny_config(*given), "fusion": None})
    with pytest.raises(ConfigurationError, match="fusion"):
        run_demo(settings)


def test_no_seed_begins_that_would_end_too_late(settings: DemoSettings) -> None:
    assert {run.seed for run in run_demo(replace(settings, seeds=2, seconds=0.0)).runs} == {1}


def test_the_dictionary_knows_nearly_every_idiom() -> None:
    experiment = Experiment.from_params(Params(demo_config("spans", 1)))
    segmenter = build_segmenter(experiment.segmenter, experiment.dictionary)
    rows = [row for split in idioms.SPLITS for row in idioms.sentences(split)]
    forms = {e.phrase: e.forms() for split in idioms.SPLITS for e in idioms.expressions(split)}
    whole = 0
    for row, spans in zip(rows, segment_texts(segmenter, [row.text for row in rows]), strict=True):
        whole += not {row.text[span.start : span.end].lower() for span in spans}.isdisjoint(forms[row.expression])
    assert whole / len(rows) > 0.95
