"""Limits, fractions and a few examples of each class: seeded, nested, and refused where no data can satisfy them."""

from __future__ import annotations

import json
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


def demo(**keys: Any) -> DatasetReader:
    reader: DatasetReader = DatasetReader.from_params({"type": "demo", **keys})
    return reader


def numbers(split: str = "train", **keys: Any) -> list[int]:
    return list(demo(**keys).read(split)["idx"])


@pytest.mark.parametrize(("limit", "sizes"), [(5, (5, 5)), ({"train": 5}, (5, 480)), ({"validation": 7}, (1896, 7))])
def test_one_split_is_limited_alone(limit: Any, sizes: tuple[int, int]) -> None:
    reader = demo(limit=limit)
    assert tuple(len(reader.read(split)) for split in ("train", "validation")) == sizes


def test_readers_of_files(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label\n" + "one two,a\nthree,b\n" * 4, encoding="utf-8")
    files = {split: str(tmp_path / "a.csv") for split in ("train", "validation")}
    reader = DatasetReader.from_params({"type": "csv", "files": files, "limit": {"train": 3}})
    assert (len(reader.read("train")), len(reader.read("validation"))) == (3, 8)
    wrong = DatasetReader.from_params({"type": "csv", "files": files, "limit": {"trian": 3}})
    with pytest.raises(
        ConfigurationError, match=r"limit\.trian: there is no split 'trian' to limit\. did you mean 'train'"
    ):
        wrong.read("train")


def test_splits_are_only_asked_for_where_they_matter() -> None:
    def fail() -> list[str]:
        raise AssertionError

    assert (limit_of(3, "a", fail), limit_of(None, "a", fail)) == (3, None)


@pytest.mark.parametrize("reader", ["demo", "glue", "snli", "hub", "csv", "conll"])
def test_a_wrong_number_is_found_by_check(
    reader: str, tmp_path: Path, make_config: Callable[..., dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = {"limit": {"train": 0}, "few": 0, "train_on": 1.5, "limit_from": "end", "sample_seed": -1}
    (tmp_path / "config.json").write_text(json.dumps(make_config(data={"type": reader, **wrong})))
    assert main(["check", str(tmp_path / "config.json")]) == 2
    printed = capsys.readouterr().out
    assert [key for key in wrong if f"data.{key}" not in printed] == []


def test_a_limit_is_a_nested_sample_with_the_numbers_of_the_whole_split() -> None:
    whole = demo().read("train").to_list()
    small, large = (demo(limit=size).read("train").to_list() for size in (20, 40))
    assert [row["idx"] for row in small] != list(range(20))
    assert [row["idx"] for row in small] == sorted(row["idx"] for row in small)
    assert all(row in large for row in small)
    assert all(whole[row["idx"]] == row for row in large)
    assert numbers(limit=20, sample_seed=1) != numbers(limit=20)
    assert numbers(limit=20, limit_from="start") == list(range(20))


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
    found = reader.read("train")
    assert list(found["text"]) == [f"word{number}" for number in found["idx"]]
    assert list(found["idx"]) == [1, 2, 17, 21, 24, 25]


def test_the_line_of_a_mistake_is_that_of_the_file(tmp_path: Path) -> None:
    lines = ["one,a\n", "two,b\n"] * 10 + ["three,\n"] * 20
    (tmp_path / "a.csv").write_text("text,label\n" + "".join(lines), encoding="utf-8")
    keys = {"files": {"train": str(tmp_path / "a.csv")}, "labels": ["a", "b"], "limit": 10}
    with pytest.raises(ConfigurationError, match=r"a\.csv:(2[2-9]|3\d|4[01]): the label is missing"):
        DatasetReader.from_params({"type": "csv", **keys}).read("train")


def test_the_sample_may_follow_the_seed_of_the_run() -> None:
    def sample(seed: int, split: str = "train", **keys: Any) -> list[int]:
        data = {"type": "demo", "train_seed": "run", "limit": {"validation": 20}, **keys}
        made = Experiment.from_params({"data": data, "encoder": "tiny", "seed": seed})
        assert list(reader_of({"data": data, "seed": seed}).read(split)["idx"]) == list(made.data.read(split)["idx"])
        return list(made.data.read(split)["idx"])

    assert sample(1, few=4) == sample(1, few=4) != sample(2, few=4)
    assert set(sample(1, few=4)) < set(sample(1, few=8)), "a smaller sample is part of a larger one"
    assert sample(1, train_on=0.01) != sample(2, train_on=0.01)
    assert sample(1, "validation", few=4) == sample(2, "validation", few=4), "the scored examples are the same"
    assert sample(1, few=4, train_seed=7) == sample(2, few=4, train_seed=7)
    assert sample(1, few=4, train_seed=None) == list(demo(few=4).read("train")["idx"])


def test_a_few_of_each_class_are_nested() -> None:
    eight, sixteen = demo(few=8).read("train"), demo(few=16).read("train")
    assert Counter(eight["label"]) == {0: 8, 1: 8}
    assert Counter(sixteen["label"]) == {0: 16, 1: 16}
    assert {*eight["idx"]} < {*sixteen["idx"]}
    assert numbers(few=8, sample_seed=1) != list(eight["idx"])
    assert len(demo(few=8).read("validation")) == 480


def test_fractions_of_the_training_set_are_nested() -> None:
    tenth, half = numbers(train_on=0.1), numbers(train_on=0.5)
    assert (len(tenth), len(half), len(numbers(train_on=1.0))) == (190, 948, 1896)
    assert {*tenth} < {*half}
    assert len(numbers(train_on=1e-9)) == 1
    assert len(numbers("validation", train_on=0.1)) == 480


def test_more_than_a_class_has_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"few: 949 training .* 'literal' has 948.*\. give few: 948 or less"):
        demo(few=949).read("train")
    with pytest.raises(ConfigurationError, match="few: 12 training examples of each class are needed, and "):
        demo(few=12, limit=20).read("train")


def test_a_few_need_classes(
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


def test_what_is_held_out_does_not_depend_on_the_number_of_training_examples() -> None:
    whole, part = (
        DatasetReader.from_params({"type": "held_out", "data": {"type": "demo", **keys}})
        for keys in ({}, {"train_on": 0.1})
    )
    assert list(whole.read("held_out")["idx"]) == list(part.read("held_out")["idx"])
    assert len(part.read("train")) == round(len(whole.read("train")) / 10)


def test_data_of_an_earlier_run_are_its_first_rows() -> None:
    data = {"type": "held_out", "data": {"type": "demo", "limit": 40}}
    first = with_first_rows(data)
    assert first["data"] == {"type": "demo", "limit": 40, "limit_from": "start"}
    earlier, today = (reader_of_data(one).fingerprint("train") for one in (first, data))
    assert reader_of_data(data, {"train": earlier}).fingerprint("train") == earlier
    for recorded in ({"train": today}, {"train": "of other data"}, {"train": None}, {}, None):
        assert reader_of_data(data, recorded).fingerprint("train") == today
