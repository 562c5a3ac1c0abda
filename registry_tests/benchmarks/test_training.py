"""The benchmark of training: contestants that take turns, sound figures, and the command around it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from spanreg.benchmarks.harness import scenes
from spanreg.benchmarks.harness.relay import RelayRunner, relay
from spanreg.benchmarks.harness.scenes import TrainingSetup, make_scene
from spanreg.benchmarks.trainers import encoder_flops, spanreg_trainer, transformers_trainer
from spanreg.benchmarks.training import FEWEST_REPEATS, OURS, PADDED, RIVAL, SPANS, matrix_rate
from spanreg.cli.main import main
from spanreg.registry import ConfigurationError


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> TrainingSetup:
    return make_scene("small", tmp_path_factory.mktemp("scene"), block=2)


def steps_of(runner: RelayRunner) -> int:
    return runner.trainer.state.global_step


def test_runs_take_turns(scene: TrainingSetup, tmp_path: Path) -> None:
    ours = spanreg_trainer(scene, tmp_path, "fp32", 4, "none").runner
    theirs = transformers_trainer(scene, tmp_path, "fp32", 4).runner
    seen = []
    with relay({"ours": ours, "theirs": theirs}):
        for runner in (ours, theirs, ours, theirs):
            runner()
            seen.append((steps_of(ours), steps_of(theirs)))
    assert seen == [(2, 0), (2, 2), (4, 2), (4, 4)]


def test_a_run_ends_early(scene: TrainingSetup, tmp_path: Path) -> None:
    runner = spanreg_trainer(scene, tmp_path, "fp32", 8, "none").runner
    with relay({"ours": runner}):
        runner()
    assert steps_of(runner) == 2


def test_what_training_raises_comes_through(scene: TrainingSetup, tmp_path: Path) -> None:
    runner = spanreg_trainer(scene, tmp_path, "fp32", 4, "none").runner
    runner.train = lambda: (_ for _ in ()).throw(ConfigurationError("it broke"))
    with relay({"ours": runner}), pytest.raises(ConfigurationError, match="it broke"):
        runner()


def test_both_get_batches_of_the_same_shapes(scene: TrainingSetup, tmp_path: Path) -> None:
    ours = spanreg_trainer(scene, tmp_path, "fp32", 2, "none")
    theirs = transformers_trainer(scene, tmp_path, "fp32", 2)
    padded = transformers_trainer(scene, tmp_path, "fp32", 2, padded=True)
    with relay({"ours": ours.runner, "theirs": theirs.runner, "padded": padded.runner}) as runners:
        for runner in runners.values():
            runner()
    assert ours.shapes[:2] == theirs.shapes[:2] == padded.shapes[:2] == [(8, 32)] * 2
    assert 0 <= ours.infer() <= 1
    assert 0 <= theirs.infer() <= 1


def test_flops_are_those_of_the_products(scene: TrainingSetup) -> None:
    """One layer of width 32: 4 products of width 32 and 2 of width 64 by token, 2 of the scores; twice more back."""
    batch, tokens = 4, 16
    layer = 2 * batch * tokens * (4 * 32 * 32 + 2 * 32 * 64) + 2 * 2 * batch * tokens * tokens * 32
    pooler = 2 * batch * 32 * 32
    (counted,) = encoder_flops(scene, [(batch, tokens)])
    assert 3 * layer - 1 <= counted <= 3 * layer + pooler


def test_base_fills_its_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenes, "_BASE", scenes._SMALL)
    scene = make_scene("base", tmp_path)
    assert (scene.batch_size, scene.max_tokens, scene.full) == (32, 128, True)
    ours = spanreg_trainer(scene, tmp_path, "fp32", 1, "hierarchical_cnn")
    theirs = transformers_trainer(scene, tmp_path, "fp32", 1)
    with relay({"ours": ours.runner, "theirs": theirs.runner}) as runners:
        for runner in runners.values():
            runner()
    assert ours.shapes[0] == theirs.shapes[0] == (32, 128)


def test_the_matrix_rate_is_a_rate() -> None:
    assert matrix_rate("fp32", torch.device("cpu"), 64) > 1e6


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "training", "--size", "small", "--repeats", "1", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report.keys() == {"bench", "results", "machine", "about"}
    assert report["bench"] == "training"
    assert report["about"]["repeats"] == FEWEST_REPEATS
    results = {result["name"]: result for result in report["results"]}
    for name in (OURS, SPANS, RIVAL, PADDED):
        assert results[f"{name}: training"]["value"] > 0
    for name in (OURS, SPANS, PADDED):
        assert results[f"{name}: against {RIVAL}"]["unit"] == "x"
    assert 0 < results[f"{OURS}: share of that rate in the encoder's products"]["value"] < 100
    assert {result["goal"] for result in results.values()} == {None}


def test_a_wrong_number_of_steps(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "training", "--steps", "0"]) == 2
    assert "--steps: is 0. give 1 or more" in capsys.readouterr().err
