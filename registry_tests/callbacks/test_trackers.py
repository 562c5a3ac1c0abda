"""TensorBoard, MLflow and Weights & Biases without network: their own readers find what a run recorded."""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from spanreg.callbacks import Callback
from spanreg.registry import ConfigurationError, Params
from spanreg.storage import hash_file
from spanreg.training.runs.layout import RunFolder
from spanreg.training.train import train

MakeConfig = Callable[..., dict[str, Any]]
TRACKERS = ("tensorboard", "mlflow", "wandb")
SECRET = "s3cr3t-v4lue"
OPTIONS = {"log_every": 2, "max_steps": 6, "epochs": 2}


@pytest.fixture(scope="module")
def tracked_run(make_config: MakeConfig, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yield a run with all three trackers; connections to other machines fail, and none may be tried."""
    folder = tmp_path_factory.mktemp("runs") / "tracked"
    addresses: list[Any] = []
    connect = socket.socket.connect

    def connect_locally(client: socket.socket, address: Any) -> None:
        if client.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
            addresses.append(address)
            raise OSError("there is no network here")
        connect(client, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_locally)
        # Settings of a user for other projects must not send a run's metrics to a server.
        patch.setenv("WANDB_MODE", "online")
        patch.setenv("MLFLOW_TRACKING_URI", "http://192.0.2.1")
        patch.setenv("API_TOKEN", SECRET)
        patch.setattr(sys, "argv", ["spanreg", "train", "x.jsonnet", "--ext-var", f"API_TOKEN={SECRET}"])
        train(Params(make_config({**OPTIONS, "callbacks": list(TRACKERS)})), folder)
        yield folder
    assert addresses == []


def test_trackers_record_neither_the_environment_nor_the_command_line(tracked_run: Path) -> None:
    files = [path for path in (tracked_run / "tracking").rglob("*") if path.is_file()]
    assert {path.relative_to(tracked_run).parts[1] for path in files} == set(TRACKERS)
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []


@pytest.fixture
def recorded_losses(tracked_run: Path) -> dict[int, float]:
    """Return the logged losses by step, as ``metrics.json`` has them."""
    return {entry["step"]: entry["loss"] for entry in RunFolder(tracked_run).read("metrics")["curve"]}


def validation_accuracy(run: Path) -> float:
    figure: float = RunFolder(run).read("metrics")["splits"]["validation"]["accuracy"]
    return figure


def test_trackers_do_not_change_weights_or_predictions(
    tracked_run: Path, make_config: MakeConfig, tmp_path: Path
) -> None:
    train(Params(make_config(OPTIONS)), tmp_path / "alone")
    for name in ("model/model.safetensors", "predictions/validation.jsonl"):
        assert hash_file(tmp_path / "alone" / name) == hash_file(tracked_run / name)
    assert not (tmp_path / "alone" / "tracking").exists()


def test_tensorboard_reads_losses_metrics_and_config(tracked_run: Path, recorded_losses: dict[int, float]) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(tracked_run / "tracking" / "tensorboard"))
    events.Reload()
    assert {scalar.step: scalar.value for scalar in events.Scalars("train/loss")} == pytest.approx(recorded_losses)
    assert events.Scalars("eval/validation_accuracy")[-1].value == pytest.approx(validation_accuracy(tracked_run))
    assert events.Scalars("eval/validation_accuracy")[-1].step == 6
    text = events.Tensors("config/text_summary")[0].tensor_proto.string_val[0].decode()
    assert '"training.learning_rate": 0.001' in text


def test_mlflow_reads_losses_metrics_and_config(tracked_run: Path, recorded_losses: dict[int, float]) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=(tracked_run / "tracking" / "mlflow").as_uri())
    experiment = client.get_experiment_by_name("spanreg")
    assert experiment is not None
    (run,) = client.search_runs([experiment.experiment_id])
    assert (run.info.run_name, run.info.status) == ("tracked", "FINISHED")
    assert run.data.params["training.learning_rate"] == "0.001"
    assert json.loads(run.data.params["training.callbacks"]) == list(TRACKERS)
    history = client.get_metric_history(run.info.run_id, "train/loss")
    assert {metric.step: metric.value for metric in history} == pytest.approx(recorded_losses)
    assert run.data.metrics["eval/validation_accuracy"] == pytest.approx(validation_accuracy(tracked_run))
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"


def wandb_records(path: Path) -> Iterator[Any]:
    """Yield the records of a W&B file: LevelDB's log format (blocks of 32 KiB) around protobuf messages."""
    from wandb.proto import wandb_internal_pb2

    content, position, message = path.read_bytes(), 7, b""  # 7 bytes of the header of the file
    assert content.startswith(b":W&B")
    while position + 7 <= len(content):
        left = 32768 - position % 32768
        if left < 7:  # too short for the header of a chunk, so that the rest of the block is padding
            position += left
            continue
        _, length, kind = struct.unpack("<IHB", content[position : position + 7])
        message += content[position + 7 : position + 7 + length]
        position += 7 + length
        if kind in (1, 4):  # the whole message, or its last chunk
            record = wandb_internal_pb2.Record()
            record.ParseFromString(message)
            yield record
            message = b""


def test_wandb_reads_losses_metrics_and_config(tracked_run: Path, recorded_losses: dict[int, float]) -> None:
    (path,) = (tracked_run / "tracking" / "wandb" / "wandb").glob("offline-run-*/run-*.wandb")
    records = list(wandb_records(path))
    (run,) = (record.run for record in records if record.WhichOneof("record_type") == "run")
    assert (run.project, run.display_name) == ("spanreg", "tracked")
    assert {"training.learning_rate", "encoder.type"} <= {item.key for item in run.config.update}
    rows = [
        {item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in record.history.item}
        for record in records
        if record.WhichOneof("record_type") == "history"
    ]
    losses = {row["train/global_step"]: row["train/loss"] for row in rows if "train/loss" in row}
    assert losses == pytest.approx(recorded_losses)
    figures = [row["eval/validation_accuracy"] for row in rows if "eval/validation_accuracy" in row]
    assert figures[-1] == validation_accuracy(tracked_run)
    assert [record.exit.exit_code for record in records if record.WhichOneof("record_type") == "exit"] == [0]


def test_a_failed_mlflow_run_is_marked_and_continues_after_resuming(tmp_path: Path) -> None:
    from mlflow import MlflowClient

    for failed in (False, True):
        tracker: Any = Callback.from_params({"type": "mlflow", "experiment": "mine"})
        tracker.start(tmp_path, f"run-{failed}", {"seed": 1})
        tracker.track(1, {"train/loss": 0.5})
        tracker.finish(failed)
    client = MlflowClient(tracking_uri=tmp_path.as_uri())
    experiment = client.get_experiment_by_name("mine")
    assert experiment is not None
    experiments = [experiment.experiment_id]

    def states() -> dict[str, str]:
        return {run.info.run_name: run.info.status for run in client.search_runs(experiments)}

    assert states() == {"run-False": "FINISHED", "run-True": "FAILED"}
    resumed: Any = Callback.from_params({"type": "mlflow", "experiment": "mine"})
    resumed.load_state_dict(tracker.state_dict())
    resumed.start(tmp_path, "run-True", {"seed": 1})
    resumed.track(2, {"train/loss": 0.25})
    assert states() == {"run-False": "FINISHED", "run-True": "RUNNING"}
    (run,) = client.search_runs(experiments, "attributes.run_name = 'run-True'")
    history = client.get_metric_history(run.info.run_id, "train/loss")
    assert [(metric.step, metric.value) for metric in history] == [(1, 0.5), (2, 0.25)]


@pytest.mark.parametrize("fails", [False, True])
def test_callbacks_are_closed_after_success_and_failure(fails: bool, make_config: MakeConfig, tmp_path: Path) -> None:
    closed: list[bool] = []

    @Callback.register("closing")
    class ClosingCallback(Callback):
        def __init__(self) -> None:
            pass

        def on_step_end(self, *arguments: Any, **more: Any) -> None:
            if fails:
                raise RuntimeError("in the middle")

        def close(self, failed: bool) -> None:
            closed.append(failed)

    with pytest.raises(RuntimeError, match="in the middle") if fails else nullcontext():
        train(Params(make_config({"max_steps": 1, "callbacks": ["closing"]})), tmp_path / "run")
    assert closed == [fails]


@pytest.mark.parametrize("name", TRACKERS)
def test_a_missing_package_is_reported_with_the_extra_to_install(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spanreg.packages.find_spec", lambda package: None)
    with pytest.raises(ConfigurationError) as caught:
        Callback.from_params({"type": name})
    assert str(caught.value) == (
        f"the package '{name}' is not installed. it comes with the extra 'track': pip install 'spanreg[track]'"
    )
