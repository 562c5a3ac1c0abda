"""A run whose dictionary adapts to its task: the training split is handed down, and no other one is counted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spanreg.data.demo import DemoReader
from spanreg.dictionaries.file import FileDictionary
from spanreg.dictionaries.tables.artefact import about_dictionary
from spanreg.dictionaries.task_adapted import TaskAdaptedDictionary
from spanreg.registry import Params
from spanreg.training.config.experiment import Experiment
from spanreg.training.serving.saved_run import SavedRun
from spanreg.training.train import train

ADAPTED = {"type": "task_adapted", "min_count": 2}


@pytest.mark.parametrize("place", ["dictionary", "segmenter"])
def test_it_trains_and_loads_again(make_config: Callable[..., dict[str, Any]], tmp_path: Path, place: str) -> None:
    parts = {"dictionary": ADAPTED} if place == "dictionary" else {"segmenter": {"type": "max_match", **_inline()}}
    train(Params(make_config({"epochs": 1}, **parts)), tmp_path / "run")
    saved = "dictionary.parquet" if place == "dictionary" else "dictionaries/0.parquet"
    table = FileDictionary(str(tmp_path / "run" / saved)).table()
    assert table.equals(TaskAdaptedDictionary(DemoReader(limit=32), min_count=2).table())
    assert about_dictionary(table)["origin"]["data"]["fingerprint"] == DemoReader(limit=32).fingerprint("train")
    SavedRun(tmp_path / "run")


def _inline() -> dict[str, Any]:
    return {"dictionary": ADAPTED}


def test_only_the_training_split_is_read(
    make_config: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    original = DemoReader.read
    monkeypatch.setattr(DemoReader, "read", lambda self, split: (read.append(split), original(self, split))[1])
    nested = {"type": "filtered", "dictionary": {**ADAPTED, "associated": 50}, "top_per_n": 10}
    experiment = Experiment.from_params(Params(make_config(dictionary=nested)))
    assert experiment.dictionary is not None
    assert experiment.dictionary.table().num_rows
    assert set(read) == {"train"}
