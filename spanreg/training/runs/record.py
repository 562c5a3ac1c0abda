"""The record of a run: its environment, its data, and its results."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spanreg.data.base import Task
from spanreg.metrics import main_metric
from spanreg.model import SpanModel
from spanreg.preparation import PreparedSplit
from spanreg.preparation.prepare import flat_labels
from spanreg.registry import ConfigurationError
from spanreg.storage import working_directory_from, write_text
from spanreg.training.config.assembly import AssembledExperiment
from spanreg.training.config.precision import Precision
from spanreg.training.evaluation.history import Figures
from spanreg.training.loop.trainer import SpanTrainer
from spanreg.training.runs.differences import differing_keys
from spanreg.training.runs.environment import describe_environment
from spanreg.training.runs.session import RunSession

logger = logging.getLogger(__name__)

_DECIDING = ("spanreg", "python", "threads", "gpu", "packages")
"""Facts of an environment that may change the bits of a result; the number of threads does, because it divides sums."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """The config file and the command line that a run records.

    ``RunRequest(Path("tiny.jsonnet"), ["train", "tiny.jsonnet", "-s", "run"])``
    """

    file: Path | None = None
    "The config file; None for a run that was started from Python."
    command: Sequence[str] = ()
    "Arguments of the command line, without the program."


def record_start(
    run: RunSession, config: Mapping[str, Any], assembly: AssembledExperiment, request: RunRequest, seed: int
) -> None:
    """Write environment and data of a run; a resumed run must have the data of its earlier sessions.

    An earlier run that this one replaces is removed here.

    Raises:
        ConfigurationError: the data have changed since the run started.
    """
    environment = {**describe_environment(request.command), "directory": _directory(run.path), "seed": seed}
    data = {name: _describe(prepared, assembly.task) for name, prepared in assembly.splits.items()}
    if run.resumed and (run.path / "data.json").exists():
        before = run.read("environment")
        _require_same_data(run.read("data"), data)
        _warn_of_changes(before, environment)
        # The record of the first session stays; each later one is added to a list.
        environment = {**before, "resumed": [*before.get("resumed", []), environment]}
    # The last step that removes anything, after all that could be wrong.
    run.make_way(config)
    if request.file is not None:
        write_text(run.path / "config.jsonnet", request.file.read_text(encoding="utf-8"))
    run.write("environment", environment)
    run.write("data", data)


def _directory(folder: Path) -> str | None:
    """Return the working directory relative to the run's folder; None if that path would describe this machine."""
    directory = working_directory_from(folder)
    # A path through the root repeats the folders of this machine, which a record must not show.
    goes_through_root = directory.split(os.sep).count(os.pardir) >= len(folder.absolute().parts) - 1
    return None if goes_through_root else directory


def _require_same_data(before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    for split in now:
        if before.get(split, {}).get("fingerprint") != now[split]["fingerprint"]:
            raise ConfigurationError(
                f"the split '{split}' has changed since the run started",
                path="data",
                hint="restore the data, start over with --restart, or train into another folder",
            )


def _warn_of_changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    known = [{key: facts.get(key) for key in _DECIDING} for facts in (before, now)]
    if differing := differing_keys(*known):
        text = "results may not be bit-identical to an uninterrupted run, since these differ: %s"
        logger.warning(text, "; ".join(differing))


def describe_training(
    assembly: AssembledExperiment, trainer: SpanTrainer, figures: Figures, precision: Precision
) -> dict[str, Any]:
    """Return the content of ``metrics.json``.

    Args:
        assembly: the trained experiment.
        trainer: its trainer, after the training.
        figures: metrics of the final weights by evaluation split.
        precision: number format of the matrix products.
    """
    progress = trainer.progress
    seconds, best = progress.clock.seconds, progress.evaluations.best
    return {
        "task": assembly.task.name,
        "main": main_metric(assembly.task),
        "splits": figures,
        "training": {
            "steps": trainer.state.global_step,
            "epochs": round(trainer.state.epoch or 0.0, 6),
            "examples": progress.examples,
            "seconds": round(seconds, 3),
            "examples_per_second": round(progress.examples / seconds if seconds else 0.0, 2),
            "peak_memory": progress.memory.bytes,
            "precision": precision,
            "device": trainer.args.device.type,
        },
        "parameters": count_parameters(assembly.model),
        **({"learned": learned} if (learned := assembly.model.aggregator.learned()) else {}),
        "curve": trainer.learning_curve(),
        "evaluations": progress.evaluations.history,
        "best": None if best is None else {"figure": str(best.criterion), "value": best.value, "step": best.step},
    }


def count_parameters(model: SpanModel) -> dict[str, int]:
    """Return the numbers of trained parameters, of all, and of those of each part."""
    parts = {name: sum(weight.numel() for weight in part.parameters()) for name, part in model.named_children()}
    trained = sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
    return {"trained": trained, "all": sum(parts.values()), **parts}


def count_labels(prepared: PreparedSplit, task: Task) -> dict[str, int]:
    """Return the number of examples (of tokens, for token classification) with each label, by label word."""
    labels = prepared.dataset.with_format("arrow")["labels"][:]
    if task.kind == "multi_label":
        given = np.asarray(prepared.dataset["labels"][:])  # shape: (examples, labels)
        counts = (given > 0).sum(0)
    else:
        ids = flat_labels(labels).to_numpy()  # shape: (examples,), for token classification (tokens,)
        # -1 is a missing label.
        counts = np.bincount(ids[ids >= 0], minlength=len(task.labels))
    return dict(zip(task.labels, counts.tolist(), strict=True))


def _describe(prepared: PreparedSplit, task: Task) -> dict[str, Any]:
    """Return the record of a split in ``data.json``."""
    return {
        "examples": len(prepared.dataset),
        **({"labels": count_labels(prepared, task)} if task.labels else {}),
        "fingerprint": prepared.data_fingerprint,
        "prepared": prepared.key,
        "spans": prepared.statistics.to_json(),
        "spans_sha256": prepared.spans_sha256,
        **({"layers": [layer.to_json() for layer in prepared.layers]} if len(prepared.layers) > 1 else {}),
    }
