"""Run folders that are written without training, for tests that only read them."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any


def file_name(arm: str) -> str:
    """Return a folder name for an arm: its name without characters that file names must not contain."""
    return re.sub(r'[<>:"/\\|?*]', "_", arm)


def config_of(choice: dict[str, Any] | None) -> dict[str, Any]:
    """Return the config of an arm from its choice on each axis, such as ``{"aggregator": "none"}``."""
    config: dict[str, Any] = {"data": {"type": "demo"}, "aggregator": {"type": "none"}}
    for key, value in (choice or {}).items():
        family, _, option = key.partition(".")
        config[family] = {**config.get(family, {}), option or "type": value}
    return config


def write_run(path: Path, task: Any, labels: Any, predictions: Any, seed: int) -> None:
    """Write the files of a finished run that a report reads."""
    from spanreg.metrics import evaluate, main_metric

    figures = {**evaluate(task, predictions, labels), "loss": 0.5}
    spans = {"spans_per_sentence": 6.0, "multi_word_token_share": 0.4, "dictionary_coverage": 0.8, "truncated": 0}
    spans |= {"sentences": len(labels), "words": 70, "spans": 50, "span_lengths": {"1": 30, "2": 20}}
    evaluations = [{"step": step, "splits": {"validation": figures}} for step in (1, 2)]
    metrics = {
        "main": main_metric(task),
        "splits": {"validation": figures},
        "training": {"seconds": 10.0 + seed, "peak_memory": 2_000_000_000},
        "parameters": {"all": 1000},
        "curve": [{"step": step, "loss": 0.7 - step / 10} for step in (1, 2)],
        "evaluations": evaluations,
    }
    write(path / "metrics.json", metrics)
    write(path / "data.json", {"validation": {"examples": len(labels), "spans": spans}})
    write(path / "inference.json", {"task": asdict(task), "segmenter": {"type": "single"}})
    write(path / "environment.json", {"python": "3.11", "threads": 2, "seed": seed, "command": ["study", "run"]})
    write(path / "status.json", {"state": "finished"})
    rows = enumerate(zip(labels, predictions, strict=True))
    lines = [json.dumps({"idx": idx, "label": gold, "prediction": label}) for idx, (gold, label) in rows]
    (path / "predictions").mkdir()
    (path / "predictions" / "validation.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write(path: Path, content: Any) -> None:
    """Write a JSON file, and create its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
