"""What a run folder records of a run: where it came from, its data, its results."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spanreg.data.base import Task
from spanreg.metrics import main_metric
from spanreg.model import SpanModel
from spanreg.preparation import PreparedSplit
from spanreg.registry import ConfigurationError
from spanreg.storage import working_directory_from, write_text
from spanreg.training.config.assembly import Assembly
from spanreg.training.config.precision import Precision
from spanreg.training.evaluation.history import Figures
from spanreg.training.loop.trainer import SpanTrainer
from spanreg.training.runs.differences import differing_keys
from spanreg.training.runs.environment import describe_environment
from spanreg.training.runs.session import RunSession

logger = logging.getLogger(__name__)

_DECIDING = ("spanreg", "python", "threads", "gpu", "packages")
"Facts of an environment that may change the bits of a result."


@dataclass(frozen=True, slots=True)
class Given:
    """How a run was asked for, for its record."""

    file: Path | None = None
    "The config file."
    command: Sequence[str] = ()
    "Arguments of the command line."


def record_start(run: RunSession, config: Mapping[str, Any], assembly: Assembly, given: Given, seed: int) -> None:
    """Write where the run comes from and what its data are, which a resumed run must share with its earlier sessions.

    An earlier run that is to be replaced is removed here, after all that could be wrong.

    Raises:
        ConfigurationError: the data are not those that the run started with.
    """
    environment = {**describe_environment(given.command), "directory": _directory(run.path), "seed": seed}
    data = {name: _describe(prepared, assembly.task) for name, prepared in assembly.splits.items()}
    if run.resumed and (run.path / "data.json").exists():
        before = run.read("environment")
        _require_same_data(run.read("data"), data)
        _warn_of_changes(before, environment)
        environment = {**before, "resumed": [*before.get("resumed", []), environment]}
    run.make_way(config)
    if given.file is not None:
        write_text(run.path / "config.jsonnet", given.file.read_text(encoding="utf-8"))
    run.write("environment", environment)
    run.write("data", data)


def _directory(folder: Path) -> str | None:
    """Where relative paths start, from the run's folder; None where the path would name a place of this machine."""
    directory = working_directory_from(folder)
    goes_through_root = directory.split(os.sep).count(os.pardir) >= len(folder.absolute().parts) - 1
    return None if goes_through_root else directory


def _require_same_data(before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    for split in now:
        if before.get(split, {}).get("fingerprint") != now[split]["fingerprint"]:
            raise ConfigurationError(
                f"the split '{split}' is not what it was when the run began",
                path="data",
                hint="restore the data, start over with --restart, or train into another folder",
            )


def _warn_of_changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    known = [{key: facts.get(key) for key in _DECIDING} for facts in (before, now)]
    if differing := differing_keys(*known):
        text = "results may not be bit-identical to an uninterrupted run, since these differ: %s"
        logger.warning(text, "; ".join(differing))


def describe_training(
    assembly: Assembly, trainer: SpanTrainer, figures: Figures, precision: Precision
) -> dict[str, Any]:
    """What ``metrics.json`` says.

    Args:
        assembly: what was trained.
        trainer: one that has run.
        figures: of the final weights by evaluation split.
        precision: number format of the matrix products.
    """
    seconds, best = trainer.clock.seconds, trainer.evaluations.best
    return {
        "task": assembly.task.name,
        "main": main_metric(assembly.task),
        "splits": figures,
        "training": {
            "steps": trainer.state.global_step,
            "epochs": round(trainer.state.epoch or 0.0, 6),
            "examples": trainer.examples_seen,
            "seconds": round(seconds, 3),
            "examples_per_second": round(trainer.examples_seen / seconds if seconds else 0.0, 2),
            "precision": precision,
            "device": trainer.args.device.type,
        },
        "parameters": count_parameters(assembly.model),
        **({"learned": learned} if (learned := assembly.model.aggregator.learned()) else {}),
        "curve": trainer.learning_curve(),
        "evaluations": trainer.evaluations.history,
        "best": None if best is None else {"figure": str(best.criterion), "value": best.value, "step": best.step},
    }


def count_parameters(model: SpanModel) -> dict[str, int]:
    """Numbers of trained and of all parameters, and of those of each part."""
    parts = {name: sum(weight.numel() for weight in part.parameters()) for name, part in model.named_children()}
    trained = sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
    return {"trained": trained, "all": sum(parts.values()), **parts}


def count_labels(prepared: PreparedSplit, task: Task) -> dict[str, int]:
    """Return how many examples, or tokens where these are labelled, have each label, by its word."""
    labels = prepared.dataset.with_format("arrow")["labels"][:]
    if task.kind == "multi_label":
        given = np.asarray(prepared.dataset["labels"][:])  # shape: (examples, labels)
        counts = (given > 0).sum(0)
    else:
        flat = pc.list_flatten(labels) if pa.types.is_list(labels.type) else labels
        ids = flat.to_numpy()
        counts = np.bincount(ids[ids >= 0], minlength=len(task.labels))
    return dict(zip(task.labels, counts.tolist(), strict=True))


def _describe(prepared: PreparedSplit, task: Task) -> dict[str, Any]:
    return {
        "examples": len(prepared.dataset),
        **({"labels": count_labels(prepared, task)} if task.labels else {}),
        "fingerprint": prepared.data_fingerprint,
        "prepared": prepared.key,
        "spans": prepared.statistics.to_json(),
        "spans_sha256": prepared.spans_sha256,
        **({"layers": [layer.to_json() for layer in prepared.layers]} if len(prepared.layers) > 1 else {}),
    }
