"""Runs with a ``task_adapted`` dictionary: n-grams are counted in the training split, and in no other one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset

from spanreg.data.demo import DemoReader
from spanreg.dictionaries.file import FileDictionary
from spanreg.dictionaries.tables.artefact import about_dictionary
from spanreg.dictionaries.task_adapted import TaskAdaptedDictionary
from spanreg.registry import Params
from spanreg.training.config.experiment import Experiment
from spanreg.training.serving.saved_run import SavedRun
from spanreg.training.train import train

ADAPTED = {"type": "task_adapted", "min_count": 2}


@pytest.mark.parametrize("key", ["dictionary", "segmenter"])
def test_the_dictionary_is_adapted_to_the_training_split_and_saved(
    make_config: Callable[..., dict[str, Any]], tmp_path: Path, key: str
) -> None:
    own = {"dictionary": ADAPTED}
    parts = own if key == "dictionary" else {"segmenter": {"type": "max_match", **own}}
    train(Params(make_config({"epochs": 1}, **parts)), tmp_path / "run")
    saved = "dictionary.parquet" if key == "dictionary" else "dictionaries/0.parquet"
    table = FileDictionary(str(tmp_path / "run" / saved)).table()
    assert table.equals(TaskAdaptedDictionary(DemoReader(limit=32), min_count=2).table())
    assert about_dictionary(table)["origin"]["data"]["fingerprint"] == DemoReader(limit=32).fingerprint("train")
    SavedRun(tmp_path / "run")


def test_the_dictionary_reads_only_the_training_split(
    make_config: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    splits: list[str] = []
    original = DemoReader.read

    def recording_read(reader: DemoReader, split: str) -> Dataset:
        splits.append(split)
        return original(reader, split)

    monkeypatch.setattr(DemoReader, "read", recording_read)
    nested = {"type": "filtered", "dictionary": {**ADAPTED, "associated": 50}, "top_per_n": 10}
    experiment = Experiment.from_params(Params(make_config(dictionary=nested)))
    assert experiment.dictionary is not None
    assert experiment.dictionary.table().num_rows
    assert set(splits) == {"train"}
