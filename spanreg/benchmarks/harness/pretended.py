"""Write finished runs without training, for benchmarks and tests that need many runs."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np

from spanreg.data.base import Task
from spanreg.storage import hash_json, write_text
from spanreg.training.runs.claim import claim_run

EXAMPLES: Final = 50
_TASK = Task("pretended", "classification", ("no", "yes"), ("accuracy",), pair=False)


def execute_pretended(
    config: Mapping[str, Any],
    folder: str,
    included: Sequence[str] = (),
    command: Sequence[str] = (),
    code: str = "",
    inputs: Mapping[str, str] | None = None,
    home: str | None = None,
    seconds: float = 0,
) -> dict[str, Any]:
    """Write the files of ``spanreg.studies.execute.worker.execute``, with predictions drawn by the config's hash.

    Args:
        config: config of the run; only its hash counts.
        folder: the run folder.
        included: ignored.
        command: ignored.
        code: ignored.
        inputs: ignored.
        home: ignored.
        seconds: duration of the run.
    """
    # Seeded by the config, so that a repeated run writes the same predictions.
    generator = np.random.default_rng(int(hash_json(config)[:16], 16))
    gold, right = np.arange(EXAMPLES) % 2, generator.random(EXAMPLES) < 0.8
    predictions = np.where(right, gold, 1 - gold).tolist()
    metrics = _metrics(float(right.mean()))
    # The writer of real runs, so that readers meet the same files, with a manifest.
    with claim_run(Path(folder), config, "repair") as run:
        run.start_training()
        run.write("environment", {"command": [], "seed": config.get("seed")})
        run.write("data", {name: {"examples": EXAMPLES, "spans": {}} for name in ("train", "validation")})
        time.sleep(seconds)
        run.write("inference", {"task": asdict(_TASK)})
        lines = [
            json.dumps({"idx": row, "label": int(label), "prediction": prediction})
            for row, (label, prediction) in enumerate(zip(gold, predictions, strict=True))
        ]
        write_text(run.predictions / "validation.jsonl", "\n".join(lines) + "\n")
        run.write("metrics", metrics)
    return metrics


def _metrics(accuracy: float) -> dict[str, Any]:
    """Return the content of ``metrics.json``."""
    splits = {"validation": {"accuracy": accuracy}}
    return {
        "task": _TASK.name,
        "main": "accuracy",
        "splits": splits,
        "training": {
            "steps": 1,
            "epochs": 1.0,
            "examples": EXAMPLES,
            "seconds": 1.0,
            "examples_per_second": EXAMPLES,
            "peak_memory": None,
        },
        "parameters": {"trained": 1, "all": 1},
        "curve": [],
        "evaluations": [{"step": 1, "epoch": 1.0, "splits": splits}],
    }


def execute_slowly(**given: Any) -> dict[str, Any]:
    """Write a run as ``execute`` does, in a tenth of a second, so that tests can kill it."""
    return execute_pretended(**given, seconds=0.1)
