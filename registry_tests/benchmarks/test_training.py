"""The training benchmark: its relay of runs, its results and its command."""

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
    """Return the small scene, with blocks of two steps."""
    return make_scene("small", tmp_path_factory.mktemp("scene"), block=2)


def steps_of(runner: RelayRunner) -> int:
    """Return the number of steps that a run has made."""
    return runner.trainer.state.global_step


def test_runs_of_a_relay_take_turns(scene: TrainingSetup, tmp_path: Path) -> None:
    ours = spanreg_trainer(scene, tmp_path, "fp32", 4, "none").runner
    theirs = transformers_trainer(scene, tmp_path, "fp32", 4).runner
    steps = []
    with relay({"ours": ours, "theirs": theirs}):
        for runner in (ours, theirs, ours, theirs):
            runner()
            steps.append((steps_of(ours), steps_of(theirs)))
    assert steps == [(2, 0), (2, 2), (4, 2), (4, 4)]


def test_a_run_stops_when_its_relay_ends(scene: TrainingSetup, tmp_path: Path) -> None:
    runner = spanreg_trainer(scene, tmp_path, "fp32", 8, "none").runner
    with relay({"ours": runner}):
        runner()
    assert steps_of(runner) == 2


def test_an_error_of_training_is_raised_by_the_runner(scene: TrainingSetup, tmp_path: Path) -> None:
    runner = spanreg_trainer(scene, tmp_path, "fp32", 4, "none").runner

    def fail() -> None:
        raise ConfigurationError("it broke")

    runner.train = fail
    with relay({"ours": runner}), pytest.raises(ConfigurationError, match="it broke"):
        runner()


def test_all_contestants_get_batches_of_the_same_shapes(scene: TrainingSetup, tmp_path: Path) -> None:
    ours = spanreg_trainer(scene, tmp_path, "fp32", 2, "none")
    theirs = transformers_trainer(scene, tmp_path, "fp32", 2)
    padded = transformers_trainer(scene, tmp_path, "fp32", 2, padded=True)
    with relay({"ours": ours.runner, "theirs": theirs.runner, "padded": padded.runner}) as runners:
        for runner in runners.values():
            runner()
    assert ours.shapes[:2] == theirs.shapes[:2] == padded.shapes[:2] == [(8, 32)] * 2
    assert 0 <= ours.infer() <= 1
    assert 0 <= theirs.infer() <= 1


def test_encoder_flops_equal_the_formula(scene: TrainingSetup) -> None:
    batch, tokens = 4, 16
    # One layer of width 32: for each token, four projections and the two products of a feed-forward block of width 64;
    # for each pair of tokens, the two products of attention. The factor 2 counts multiplications and additions.
    layer = 2 * batch * tokens * (4 * 32 * 32 + 2 * 32 * 64) + 2 * 2 * batch * tokens * tokens * 32
    pooler = 2 * batch * 32 * 32
    # The backward pass takes twice as many as the forward pass, and does not reach the pooler.
    (counted,) = encoder_flops(scene, [(batch, tokens)])
    assert 3 * layer - 1 <= counted <= 3 * layer + pooler


def test_the_base_scene_fills_its_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The batches of the base scene with the encoder of the small one, which runs faster.
    monkeypatch.setattr(scenes, "_BASE", scenes._SMALL)
    scene = make_scene("base", tmp_path)
    assert (scene.batch_size, scene.max_tokens, scene.full) == (32, 128, True)
    ours = spanreg_trainer(scene, tmp_path, "fp32", 1, "hierarchical_cnn")
    theirs = transformers_trainer(scene, tmp_path, "fp32", 1)
    with relay({"ours": ours.runner, "theirs": theirs.runner}) as runners:
        for runner in runners.values():
            runner()
    assert ours.shapes[0] == theirs.shapes[0] == (32, 128)


def test_the_matrix_rate_of_a_cpu() -> None:
    assert matrix_rate("fp32", torch.device("cpu"), 64) > 1e6


def test_the_command_reports_all_contestants(capsys: pytest.CaptureFixture[str]) -> None:
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


def test_a_wrong_number_of_steps_is_rejected(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "training", "--steps", "0"]) == 2
    assert "--steps: is 0. give 1 or more" in capsys.readouterr().err
