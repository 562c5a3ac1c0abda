"""Choice of examples by ``limit``, ``train_on`` and ``few``: seeded, nested, and refused where data are too few."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spanreg.cli.main import main
from spanreg.data.base import DatasetReader
from spanreg.data.reading.recorded import reader_of_data, with_first_rows
from spanreg.data.reading.selection import limit_of
from spanreg.registry import ConfigurationError
from spanreg.studies.define.inputs import reader_of
from spanreg.training.config.experiment import Experiment


def make_demo_reader(**keys: Any) -> DatasetReader:
    """Return a reader of the demo, whose splits have 1896, 480 and 480 examples."""
    reader: DatasetReader = DatasetReader.from_params({"type": "demo", **keys})
    return reader


def read_numbers(split: str = "train", **keys: Any) -> list[int]:
    """Return the column ``idx`` of a split of the demo."""
    return list(make_demo_reader(**keys).read(split)["idx"])


@pytest.mark.parametrize(("limit", "sizes"), [(5, (5, 5)), ({"train": 5}, (5, 480)), ({"validation": 7}, (1896, 7))])
def test_one_split_is_limited_alone(limit: Any, sizes: tuple[int, int]) -> None:
    reader = make_demo_reader(limit=limit)
    assert tuple(len(reader.read(split)) for split in ("train", "validation")) == sizes


def test_readers_of_files_limit_splits_too(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label\n" + "one two,a\nthree,b\n" * 4, encoding="utf-8")
    files = {split: str(tmp_path / "a.csv") for split in ("train", "validation")}
    reader = DatasetReader.from_params({"type": "csv", "files": files, "limit": {"train": 3}})
    assert (len(reader.read("train")), len(reader.read("validation"))) == (3, 8)
    wrong = DatasetReader.from_params({"type": "csv", "files": files, "limit": {"trian": 3}})
    with pytest.raises(
        ConfigurationError, match=r"limit\.trian: there is no split 'trian' to limit\. did you mean 'train'"
    ):
        wrong.read("train")


def test_the_names_of_splits_are_read_only_if_the_limit_names_splits() -> None:
    def raise_error() -> list[str]:
        raise AssertionError("the names of splits were read")

    assert (limit_of(3, "a", raise_error), limit_of(None, "a", raise_error)) == (3, None)


@pytest.mark.parametrize("reader", ["demo", "glue", "snli", "hub", "csv", "conll"])
def test_check_reports_every_wrong_number(
    reader: str, tmp_path: Path, make_config: Callable[..., dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = {"limit": {"train": 0}, "few": 0, "train_on": 1.5, "limit_from": "end", "sample_seed": -1}
    (tmp_path / "config.json").write_text(json.dumps(make_config(data={"type": reader, **wrong})))
    assert main(["check", str(tmp_path / "config.json")]) == 2
    printed = capsys.readouterr().out
    # Whole keys: the name of ``limit`` is also the start of ``limit_from``.
    assert [key for key in wrong if not re.search(rf"data\.{key}\b", printed)] == []


def test_limited_splits_are_nested_and_keep_the_numbers_of_the_whole_split() -> None:
    whole = make_demo_reader().read("train").to_list()
    small, large = (make_demo_reader(limit=size).read("train").to_list() for size in (20, 40))
    assert [row["idx"] for row in small] != list(range(20))
    assert [row["idx"] for row in small] == sorted(row["idx"] for row in small)
    assert all(row in large for row in small)
    assert all(whole[row["idx"]] == row for row in large)
    assert read_numbers(limit=20, sample_seed=1) != read_numbers(limit=20)
    assert read_numbers(limit=20, limit_from="start") == list(range(20))


@pytest.mark.parametrize("kind", ["conll", "csv", "jsonl"])
def test_the_sample_has_the_same_rows_in_every_format(kind: str, tmp_path: Path) -> None:
    rows = [(f"word{row}", "ab"[row % 2]) for row in range(30)]
    lines = {
        "conll": [f"{text} {label}\n\n" for text, label in rows],
        "csv": ["text,label\n", *(f"{text},{label}\n" for text, label in rows)],
        "jsonl": [json.dumps({"text": text, "label": label}) + "\n" for text, label in rows],
    }
    (tmp_path / "a").write_text("".join(lines[kind]), encoding="utf-8")
    keys = {"scheme": "none", "validation_share": 0} if kind == "conll" else {}
    reader = DatasetReader.from_params({"type": kind, "files": {"train": str(tmp_path / "a")}, "limit": 6, **keys})
    sample = reader.read("train")
    assert list(sample["text"]) == [f"word{number}" for number in sample["idx"]]
    # A sample depends on its seed and the numbers of rows alone: the same in every format and every version.
    assert list(sample["idx"]) == [1, 2, 17, 21, 24, 25]


def test_an_error_in_a_sample_names_the_line_of_the_file(tmp_path: Path) -> None:
    lines = ["one,a\n", "two,b\n"] * 10 + ["three,\n"] * 20
    (tmp_path / "a.csv").write_text("text,label\n" + "".join(lines), encoding="utf-8")
    keys = {"files": {"train": str(tmp_path / "a.csv")}, "labels": ["a", "b"], "limit": 10}
    # Lines 22 to 41 have no label: the header is line 1, and 20 good rows come first.
    with pytest.raises(ConfigurationError, match=r"a\.csv:(2[2-9]|3\d|4[01]): the label is missing"):
        DatasetReader.from_params({"type": "csv", **keys}).read("train")


def test_the_sample_may_follow_the_seed_of_the_run() -> None:
    def sampled_numbers(seed: int, split: str = "train", **keys: Any) -> list[int]:
        data = {"type": "demo", "train_seed": "run", "limit": {"validation": 20}, **keys}
        experiment = Experiment.from_params({"data": data, "encoder": "tiny", "seed": seed})
        numbers = list(experiment.data.read(split)["idx"])
        # A study predicts the examples of its runs without building an experiment.
        assert list(reader_of({"data": data, "seed": seed}).read(split)["idx"]) == numbers
        return numbers

    assert sampled_numbers(1, few=4) == sampled_numbers(1, few=4) != sampled_numbers(2, few=4)
    assert set(sampled_numbers(1, few=4)) < set(sampled_numbers(1, few=8)), "a smaller sample is part of a larger one"
    assert sampled_numbers(1, train_on=0.01) != sampled_numbers(2, train_on=0.01)
    scored = [sampled_numbers(seed, "validation", few=4) for seed in (1, 2)]
    assert scored[0] == scored[1], "the scored examples are the same"
    assert sampled_numbers(1, few=4, train_seed=7) == sampled_numbers(2, few=4, train_seed=7)
    assert sampled_numbers(1, few=4, train_seed=None) == list(make_demo_reader(few=4).read("train")["idx"])


def test_samples_of_each_class_are_nested() -> None:
    eight, sixteen = make_demo_reader(few=8).read("train"), make_demo_reader(few=16).read("train")
    assert Counter(eight["label"]) == {0: 8, 1: 8}
    assert Counter(sixteen["label"]) == {0: 16, 1: 16}
    assert {*eight["idx"]} < {*sixteen["idx"]}
    assert read_numbers(few=8, sample_seed=1) != list(eight["idx"])
    assert len(make_demo_reader(few=8).read("validation")) == 480


def test_fractions_of_the_training_set_are_nested() -> None:
    tenth, half = read_numbers(train_on=0.1), read_numbers(train_on=0.5)
    assert (len(tenth), len(half), len(read_numbers(train_on=1.0))) == (190, 948, 1896)
    assert {*tenth} < {*half}
    assert len(read_numbers(train_on=1e-9)) == 1
    assert len(read_numbers("validation", train_on=0.1)) == 480


def test_more_examples_than_a_class_has_are_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"few: 949 training .* 'literal' has 948.*\. give few: 948 or less"):
        make_demo_reader(few=949).read("train")
    with pytest.raises(ConfigurationError, match="few: 12 training examples of each class are needed, and "):
        make_demo_reader(few=12, limit=20).read("train")


def test_few_is_refused_without_classes(
    tmp_path: Path, make_config: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.csv").write_text("text,label\none,0.5\ntwo,1.5\n", encoding="utf-8")
    data = {"type": "csv", "files": {"train": str(tmp_path / "a.csv")}, "kind": "regression", "few": 1}
    with pytest.raises(
        ConfigurationError, match="few: 'few' counts examples by class, and 'task' is a task of the kind"
    ):
        DatasetReader.from_params(data).read("train")
    (tmp_path / "c.json").write_text(json.dumps(make_config(data={"type": "held_out", "data": data})))
    assert main(["check", str(tmp_path / "c.json")]) == 2
    assert "data.data.few: 'few' counts examples by class" in capsys.readouterr().out


def test_the_held_out_split_does_not_depend_on_the_number_of_training_examples() -> None:
    whole, part = (
        DatasetReader.from_params({"type": "held_out", "data": {"type": "demo", **keys}})
        for keys in ({}, {"train_on": 0.1})
    )
    assert list(whole.read("held_out")["idx"]) == list(part.read("held_out")["idx"])
    assert len(part.read("train")) == round(len(whole.read("train")) / 10)


def test_a_run_without_limit_from_keeps_its_first_rows() -> None:
    """In configs from before ``limit_from``, a limit meant the first rows; recorded fingerprints identify such runs."""
    data = {"type": "held_out", "data": {"type": "demo", "limit": 40}}
    from_start = with_first_rows(data)
    assert from_start["data"] == {"type": "demo", "limit": 40, "limit_from": "start"}
    earlier, current = (reader_of_data(config).fingerprint("train") for config in (from_start, data))
    assert reader_of_data(data, {"train": earlier}).fingerprint("train") == earlier
    for recorded in ({"train": current}, {"train": "of other data"}, {"train": None}, {}, None):
        assert reader_of_data(data, recorded).fingerprint("train") == current
