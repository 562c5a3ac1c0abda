"""The held-out split of a training set: disjoint, the same in all runs, and the only split that is evaluated."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from spanreg.cli.main import main
from spanreg.data import DatasetReader
from spanreg.registry import ConfigurationError


def make_reader(share: float = 0.25, **inner: Any) -> DatasetReader:
    """Return a reader that holds out a share of the demo."""
    reader: DatasetReader = DatasetReader.from_params(
        {"type": "held_out", "data": {"type": "demo", **inner}, "share": share}
    )
    return reader


def test_the_splits_are_disjoint_and_complete() -> None:
    reader, whole = make_reader(), DatasetReader.from_params("demo")
    train, held_out, all_rows = (
        dataset["idx"] for dataset in (reader.read("train"), reader.read("held_out"), whole.read("train"))
    )
    assert sorted([*train, *held_out]) == sorted(all_rows)
    assert not {*train} & {*held_out}
    # Each example is held out by the hash of its number, so that the share of 0.25 holds only roughly.
    assert 0.15 < len(held_out) / len(all_rows) < 0.35
    assert {*make_reader(0.1).read("held_out")["idx"]} < {*held_out}


def test_only_the_held_out_split_is_evaluated() -> None:
    reader = make_reader()
    assert list(reader.splits()) == ["train", "validation", "test", "held_out"]
    assert reader.evaluation_splits() == ["held_out"]
    assert reader.metrics("held_out") == reader.task.metrics
    assert reader.read("validation").to_list() == DatasetReader.from_params("demo").read("validation").to_list()


@pytest.mark.parametrize(("share", "part"), [(1e-9, "held_out"), (1.0, "train")])
def test_a_share_that_leaves_a_split_empty_is_refused(share: float, part: str) -> None:
    with pytest.raises(ConfigurationError, match=f"share: none of the .* is left for '{part}'"):
        make_reader(share).read(part)


def test_a_share_of_zero_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="share: is 0"):
        make_reader(0)


def test_a_run_is_scored_on_the_held_out_split(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = {
        "data": {"type": "held_out", "data": {"type": "demo", "limit": 64}},
        "encoder": {"type": "tiny", "dim": 16, "layers": 1},
        "training": {"epochs": 1, "batch_size": 16, "max_tokens": 32},
    }
    (tmp_path / "c.json").write_text(json.dumps(config), encoding="utf-8")
    run = str(tmp_path / "run")
    assert main(["train", str(tmp_path / "c.json"), "-s", run, "-q"]) == 0
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text(encoding="utf-8"))
    assert [*metrics["splits"]] == ["held_out"]
    capsys.readouterr()
    assert main(["evaluate", run, "--split", "validation", "--json"]) == 0
    assert "validation" in json.loads(capsys.readouterr().out)
