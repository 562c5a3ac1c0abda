"""``train``: from a config to the folder of a finished run."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file
from torch import Tensor
from transformers import TrainerCallback

from spanreg.registry import ConfigurationError, Params
from spanreg.storage import hash_file
from spanreg.training.runs.layout import RunFolder
from spanreg.training.runs.reader import finished_run
from spanreg.training.train import RunRequest, train

MakeConfig = Callable[..., dict[str, Any]]


def load_weights(folder: Path) -> dict[str, Tensor]:
    """Return the weights of a finished run by name."""
    return load_file(folder / "model" / "model.safetensors")


def without_measurements(metrics: dict[str, Any]) -> dict[str, Any]:
    """Return the metrics without times and memory, which differ between equal runs."""
    measured = ("seconds", "examples_per_second", "peak_memory")
    return {**metrics, "training": {key: value for key, value in metrics["training"].items() if key not in measured}}


def test_the_run_folder_has_config_data_and_metrics(finished: Path, make_config: MakeConfig) -> None:
    run = finished_run(finished)
    assert run.read("config") == make_config()
    assert run.read("environment")["seed"] == 5
    data = run.read("data")
    assert list(data) == ["train", "validation"]
    assert data["train"]["examples"] == 32
    assert data["train"]["spans"]["words"] > 0
    metrics = run.read("metrics")
    assert metrics["main"] == "accuracy"
    if sys.platform == "linux":
        assert metrics["training"]["peak_memory"] > 100_000_000  # the libraries alone use more
    assert metrics["training"]["steps"] == 8  # two epochs of 32 examples in batches of 8
    assert metrics["training"]["examples"] == 64
    assert [entry["step"] for entry in metrics["curve"]] == [2, 4, 6, 8]
    assert [entry["epoch"] for entry in metrics["evaluations"]] == [1.0, 2.0]
    assert metrics["splits"] == metrics["evaluations"][-1]["splits"]
    assert "training for 8 steps" in (finished / "train.log").read_text()
    assert {path.name for path in finished.glob(".*")} == {".lock"}


def test_predictions_of_every_example_give_the_recorded_accuracy(finished: Path) -> None:
    lines = (finished / "predictions" / "validation.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in lines]
    assert len({record["idx"] for record in records}) == len(records) == 32
    accuracy = sum(record["label"] == record["prediction"] for record in records) / 32
    assert accuracy == finished_run(finished).read("metrics")["splits"]["validation"]["accuracy"]
    assert all(record["prediction"] == record["logits"].index(max(record["logits"])) for record in records)


def test_parameters_are_counted_by_component(finished: Path) -> None:
    counted = finished_run(finished).read("metrics")["parameters"]
    total = sum(weight.numel() for weight in load_weights(finished).values())
    assert counted["all"] == counted["trained"] == total
    assert counted["encoder"] + counted["aggregator"] + counted["fusion"] + counted["head"] == total


def test_equal_configs_and_seeds_give_bit_identical_runs(
    finished: Path, make_config: MakeConfig, tmp_path: Path
) -> None:
    metrics = train(Params(make_config()), tmp_path / "again")
    assert hash_file(tmp_path / "again" / "model" / "model.safetensors") == hash_file(
        finished / "model" / "model.safetensors"
    )
    for name in ("predictions/validation.jsonl", "dictionary.parquet", "data.json"):
        assert (tmp_path / "again" / name).read_bytes() == (finished / name).read_bytes()
    assert without_measurements(metrics) == without_measurements(finished_run(finished).read("metrics"))


def test_weights_do_not_depend_on_evaluation_and_logging(
    finished: Path, make_config: MakeConfig, tmp_path: Path
) -> None:
    config = make_config({"evaluate_every": None, "log_every": 3, "evaluation_batch_size": 5})
    metrics = train(Params(config), tmp_path / "run")
    assert len(metrics["evaluations"]) == 1
    assert [entry["step"] for entry in metrics["curve"]] == [3, 4, 6, 8]
    assert hash_file(tmp_path / "run" / "model" / "model.safetensors") == hash_file(
        finished / "model" / "model.safetensors"
    )


def test_another_seed_gives_other_weights(finished: Path, make_config: MakeConfig, tmp_path: Path) -> None:
    train(Params(make_config(seed=6)), tmp_path / "run")
    first, second = load_weights(finished), load_weights(tmp_path / "run")
    assert all(not first[name].equal(second[name]) for name in first if name.endswith("weight"))


def test_the_config_file_and_the_command_are_recorded(make_config: MakeConfig, tmp_path: Path) -> None:
    source = tmp_path / "my.jsonnet"
    source.write_text("// mine\n" + json.dumps(make_config()))
    train(Params(make_config({"max_steps": 1})), tmp_path / "run", request=RunRequest(source, ["train", "my.jsonnet"]))
    assert (tmp_path / "run" / "config.jsonnet").read_text().startswith("// mine\n")
    assert finished_run(tmp_path / "run").read("environment")["command"] == ["spanreg", "train", "my.jsonnet"]


@pytest.mark.usefixtures("toy_readers")
@pytest.mark.parametrize(
    ("reader", "splits"),
    [
        ("toy_pair", {"validation": ["accuracy", "loss"]}),
        ("toy_regression", {"validation": ["pearson", "loss"]}),
        ("toy_train_only", {}),
    ],
)
def test_other_kinds_of_tasks_have_their_figures(
    reader: str, splits: dict[str, list[str]], make_config: MakeConfig, tmp_path: Path
) -> None:
    metrics = train(Params(make_config({"max_steps": 3}, data=reader)), tmp_path / "run")
    assert {split: list(figures) for split, figures in metrics["splits"].items()} == splits


@pytest.mark.parametrize(
    "parts",
    [
        {"dictionary": None, "segmenter": None, "aggregator": None},
        {"segmenter": None},
        {"segmenter": "single", "fusion": "concat"},
    ],
)
def test_dictionary_segmenter_and_aggregator_are_optional(
    parts: dict[str, Any], make_config: MakeConfig, tmp_path: Path
) -> None:
    config = {key: value for key, value in make_config({"max_steps": 1}, **parts).items() if value is not None}
    train(Params(config), tmp_path / "run")
    assert (tmp_path / "run" / "dictionary.parquet").exists() == ("dictionary" in config)


def test_the_last_part_of_an_epoch_is_evaluated(make_config: MakeConfig, tmp_path: Path) -> None:
    metrics = train(Params(make_config({"epochs": 1.5})), tmp_path / "run")
    assert metrics["training"]["steps"] == 6
    assert metrics["evaluations"][-1]["step"] == 6


def test_a_loss_that_is_not_finite_ends_the_run(make_config: MakeConfig, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"training: the loss is not finite from step \d+ on"):
        train(Params(make_config({"learning_rate": 1e38, "clip": 0, "warmup": 0})), tmp_path / "run")
    assert (RunFolder(tmp_path / "run").status() or {})["state"] == "failed"
    assert not (tmp_path / "run" / "model").exists()
    assert not (tmp_path / "run" / "predictions").exists()


class InterruptingCallback(TrainerCallback):
    """Callback that interrupts the run after its first step."""

    def on_step_end(self, *arguments: Any, **more: Any) -> None:
        raise KeyboardInterrupt


def test_an_interrupted_run_is_recorded_and_can_be_resumed(make_config: MakeConfig, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(Params(make_config()), tmp_path / "run", callbacks=[InterruptingCallback()])
    with pytest.raises(ConfigurationError, match="is not finished: it was interrupted"):
        finished_run(tmp_path / "run")
    # Later trainings of the process work, into another folder and into this one.
    train(Params(make_config({"max_steps": 1})), tmp_path / "other")
    train(Params(make_config()), tmp_path / "run")
    finished_run(tmp_path / "run")


@pytest.mark.usefixtures("toy_readers")
@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (
            {"encoder": {"type": "tiny", "positions": 16}},
            "training.max_tokens: 32 tokens are more than the encoder's 16 positions. give at most 16, or null for the"
            " encoder's own limit",
        ),
        (
            {"data": "toy_unlabelled"},
            "data: the training set has examples without a label. leave them out of the split 'train'",
        ),
    ],
)
def test_a_mistake_in_the_data_leaves_no_folder(
    parts: dict[str, Any], message: str, make_config: MakeConfig, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        train(Params(make_config(**parts)), tmp_path / "run")
    assert str(caught.value) == message
    assert not (tmp_path / "run").exists()


def test_a_mistake_in_the_config_leaves_no_folder(make_config: MakeConfig, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^training\.epochs: "):
        train(Params(make_config({"epochs": -1})), tmp_path / "run")
    assert not (tmp_path / "run").exists()
