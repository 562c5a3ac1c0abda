"""Configs of the released setting: published hyper-parameters, and a few steps of each with a tiny encoder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from transformers import DistilBertConfig, DistilBertModel

from spanreg.cli.main import main
from spanreg.data.glue import GLUE_TASKS
from spanreg.encoders.tiny import TinyEncoder
from spanreg.registry import Params
from spanreg.training.runs.reader import finished_run

CONFIGS = Path(__file__).parents[2] / "configs" / "released"
TASKS = sorted(path.stem for path in CONFIGS.glob("*.jsonnet"))
PUBLISHED = {
    "qnli": (1e-5, 32, 10, 0.06, 256, 128),
    "mnli": (3e-5, 64, 3, 0.1, 256, 128),
    "qqp": (5e-5, 128, 5, 0.07, 200, 100),
    "sst2": (1e-5, 32, 10, 0.06, 128, 64),
    "snli": (3e-5, 64, 3, 0.1, 256, 128),
}
DEFAULTS = (3e-5, 16, 3, 0.1, 128, 64)
KEYS = ("learning_rate", "batch_size", "epochs", "warmup", "max_tokens", "max_spans")
TEXTS = ["At the end of the day, the old man kicked the bucket .", "The end of the story is near ( they say )"]


def write_split(folder: Path, split: str, text_columns: tuple[str, ...], labels: int) -> None:
    """Write a split of twelve rows; ``labels`` is the number of classes, or 0 for real values."""
    folder.mkdir(parents=True, exist_ok=True)
    label = [row * 0.4 for row in range(12)] if not labels else [row % labels for row in range(12)]
    texts = {
        name: [f"{TEXTS[(row + place) % 2]} {row}" for row in range(12)] for place, name in enumerate(text_columns)
    }
    dtype = pa.int64() if labels else pa.float32()
    idx = pa.array(range(12), pa.int32())
    pq.write_table(pa.table({**texts, "label": pa.array(label, dtype), "idx": idx}), folder / f"{split}.parquet")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with small data of all tasks in the layout of the hub."""
    folder = tmp_path_factory.mktemp("data")
    for name, task in GLUE_TASKS.items():
        for split in (split for split in task.splits if not split.startswith("test")):
            write_split(folder / name, split, task.texts, len(task.labels))
    for split in ("train", "validation"):
        write_split(folder / "snli", split, ("premise", "hypothesis"), 3)
    return folder


@pytest.fixture(scope="module")
def dictionary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a dictionary that the command in the configs' comments samples, from a small corpus."""
    folder = tmp_path_factory.mktemp("dictionary")
    (folder / "corpus.txt").write_text("\n".join(TEXTS * 6), encoding="utf-8")
    options = ["--words", "whitespace", "--lowercase", "after", "--punctuation", "drop", "-q"]
    out = folder / "released.parquet"
    assert main(["sample-dictionary", str(folder / "corpus.txt"), "-o", str(out), "--min-count", "2", *options]) == 0
    return out


@pytest.fixture
def train(data: Path, dictionary: Path, tmp_path: Path) -> Callable[..., int]:
    """Return a function that trains two steps of a task's config in ``tmp_path / 'run'``, and returns the exit code."""

    def run(task: str, **settings: Any) -> int:
        path = data / "snli" if task == "snli" else data
        settings = {"data.path": path, "dictionary.path": dictionary, "training.max_steps": 2, **settings}
        options = [argument for key, value in settings.items() for argument in ("--set", f"{key}={value}")]
        return main(["train", str(CONFIGS / f"{task}.jsonnet"), "-s", str(tmp_path / "run"), "-q", *options])

    return run


def test_every_task_has_a_config() -> None:
    assert sorted([*(task for task in GLUE_TASKS if task != "ax"), "snli"]) == TASKS


@pytest.mark.parametrize("task", TASKS)
def test_a_config_has_the_published_hyper_parameters(task: str) -> None:
    config = Params.from_file(CONFIGS / f"{task}.jsonnet").as_dict(quiet=True)
    training = config["training"]
    assert tuple(training[key] for key in KEYS) == PUBLISHED.get(task, DEFAULTS)
    assert config["aggregator"] == {"type": "released_cnn", "row": 16, "slots": training["max_spans"], "dropout": 0.1}
    assert config["encoder"] == {"type": "pretrained", "model": "albert-xxlarge-v2", "pooling": "pooler"}
    assert config["seed"] == 42
    assert (training["optimizer"], training["weight_decay"], training["load"]) == ("bert_adam", 0.01, "best")


@pytest.mark.parametrize("task", TASKS)
def test_a_config_trains_and_reports_the_metrics_of_its_task(
    task: str, train: Callable[..., int], tmp_path: Path
) -> None:
    assert train(task, **{"encoder.type": "tiny"}) == 0
    metrics = finished_run(tmp_path / "run").read("metrics")
    expected = GLUE_TASKS[task].metrics if task in GLUE_TASKS else ("accuracy",)
    for figures in metrics["splits"].values():
        assert list(figures) == [*expected, "loss"]


def test_an_encoder_without_a_pooler_is_refused(
    train: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tokenizer = TinyEncoder(TEXTS).tokenizer
    torch.manual_seed(0)
    config = DistilBertConfig(vocab_size=len(tokenizer), dim=16, hidden_dim=32, n_layers=1, n_heads=2)
    DistilBertModel(config).save_pretrained(tmp_path / "distilbert")
    tokenizer.save_pretrained(tmp_path / "distilbert")
    assert train("rte", **{"encoder.model": tmp_path / "distilbert"}) == 2
    problem = "encoder.pooling: a 'distilbert' encoder has no pooler. give 'cls', 'mean' or 'max'"
    assert problem in capsys.readouterr().err
    assert not (tmp_path / "run" / "config.json").exists()
