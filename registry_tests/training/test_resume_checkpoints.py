"""Checkpoints of a run: damaged ones when it resumes, and those that it keeps.

The config of ``make_config`` trains for 8 steps: two epochs of four steps, with a checkpoint after each epoch.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from registry_tests.training.interruptions import comparable_results, hash_of_weights, interrupt, raise_error
from spanreg.registry import Params
from spanreg.training.runs.layout import RunFolder
from spanreg.training.train import train

MakeConfig = Callable[..., dict[str, Any]]


def test_a_damaged_checkpoint_is_skipped_for_an_earlier_one(
    finished: Path, make_config: MakeConfig, tmp_path: Path
) -> None:
    config = make_config({"checkpoint_every": 1})
    interrupt(config, tmp_path / "run", 5, raise_error)
    run = RunFolder(tmp_path / "run")
    assert run.checkpoints.steps() == [3, 4]  # a running run keeps two
    (run.checkpoints.path(4) / "optimizer.pt").write_bytes(b"")
    train(Params(config), run.path, resume=True)
    assert hash_of_weights(run.path) == hash_of_weights(finished)
    log = (run.path / "train.log").read_text()
    assert "skipping the checkpoint of step 4, which is damaged: optimizer.pt: it has 0 bytes, and" in log
    assert "resuming from the checkpoint of step 3" in log


def test_a_run_that_loads_the_best_weights_skips_a_damaged_checkpoint(make_config: MakeConfig, tmp_path: Path) -> None:
    config = make_config({"checkpoint_every": 1, "evaluate_every": 1, "load": "best"})
    train(Params(config), tmp_path / "uninterrupted")
    interrupt(config, tmp_path / "run", 5, raise_error)
    run = RunFolder(tmp_path / "run")
    for file in run.checkpoints.path(4).glob("progress-*.json"):
        file.write_bytes(b"")
    train(Params(config), run.path, resume=True)
    assert comparable_results(run.path) == comparable_results(tmp_path / "uninterrupted")


def test_a_run_does_not_resume_if_the_checkpoint_of_its_best_evaluation_is_damaged(
    make_config: MakeConfig, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Otherwise the run would end with the damaged weights, or with an error."""
    # No step changes a prediction, so that the first evaluation is the best one on every machine.
    config = make_config(
        {"checkpoint_every": 1, "evaluate_every": 1, "load": "best", "metric": "accuracy", "learning_rate": 1e-12}
    )
    best = train(Params(config), tmp_path / "uninterrupted")["best"]["step"]
    assert best == 1
    interrupt(config, tmp_path / "run", best + 3, raise_error)
    run = RunFolder(tmp_path / "run")
    assert best in run.checkpoints.steps()
    weights_of_best = run.checkpoints.path(best) / "model.safetensors"
    weights_of_best.write_bytes(weights_of_best.read_bytes()[:-1])
    with caplog.at_level(logging.WARNING, "spanreg"):
        train(Params(config), run.path)
    assert f"that of step {best}, its best evaluation, is missing or damaged" in caplog.text
    assert comparable_results(run.path) == comparable_results(tmp_path / "uninterrupted")


def test_pruning_does_not_count_damaged_checkpoints(make_config: MakeConfig, tmp_path: Path) -> None:
    """A damaged checkpoint must not displace a whole one."""
    interrupt(make_config({"checkpoint_every": 1}), tmp_path / "run", 5, raise_error)
    run = RunFolder(tmp_path / "run")
    (run.checkpoints.path(4) / "optimizer.pt").write_bytes(b"")
    interrupt(make_config({"checkpoint_every": 5}), run.path, 6, raise_error)
    assert run.checkpoints.steps() == [3, 5]


def test_a_finished_run_that_loaded_the_best_weights_keeps_no_checkpoint(
    make_config: MakeConfig, tmp_path: Path
) -> None:
    train(Params(make_config({"evaluate_every": 2, "load": "best"})), tmp_path / "run")
    assert RunFolder(tmp_path / "run").checkpoints.steps() == []


def test_keep_and_keep_best_select_the_kept_checkpoints(make_config: MakeConfig, tmp_path: Path) -> None:
    options = {"evaluate_every": 1, "checkpoint_every": 1, "metric": "loss", "keep": 2, "keep_best": True}
    metrics = train(Params(make_config(options)), tmp_path / "run")
    kept = RunFolder(tmp_path / "run").checkpoints.steps()
    losses = [entry["splits"]["validation"]["loss"] for entry in metrics["evaluations"]]
    assert metrics["best"] == {"figure": "validation.loss", "value": min(losses), "step": losses.index(min(losses)) + 1}
    assert kept == sorted({7, 8, metrics["best"]["step"]})


def test_load_best_restores_the_weights_of_the_best_evaluation(make_config: MakeConfig, tmp_path: Path) -> None:
    # The labels of the validation split are wrong, so that training makes the loss on it worse on every machine.
    for split, words in (("train", ("fox", "bear")), ("validation", ("bear", "fox"))):
        lines = [f"the {word} ran {count} times\t{label}" for count in range(16) for label, word in enumerate(words)]
        (tmp_path / f"{split}.tsv").write_text("\n".join(["text\tlabel", *lines]) + "\n", encoding="utf-8")
    files = {split: str(tmp_path / f"{split}.tsv") for split in ("train", "validation")}
    data = {"type": "tsv", "files": files, "text": "text", "label": "label", "labels": ["0", "1"]}
    options = {"evaluate_every": 1, "metric": "loss", "learning_rate": 0.03, "warmup": 0, "schedule": "constant"}
    metrics = train(Params(make_config({**options, "load": "best"}, data=data)), tmp_path / "best")
    step = metrics["best"]["step"]
    assert step < 8
    assert metrics["splits"]["validation"]["loss"] == metrics["best"]["value"]
    train(Params(make_config({**options, "max_steps": step}, data=data)), tmp_path / "short")
    # With a constant schedule, the first steps do not depend on the length of the run.
    assert hash_of_weights(tmp_path / "best") == hash_of_weights(tmp_path / "short")
