"""Folds of a training set: disjoint, complete, stratified, grouped, and the same for all arms and seeds."""

from __future__ import annotations

import logging
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from spanreg.data import DatasetReader
from spanreg.registry import ConfigurationError


def reader(data: Any = "demo", **keys: Any) -> DatasetReader:
    made: DatasetReader = DatasetReader.from_params({"type": "folds", "data": data, **keys})
    return made


@pytest.fixture
def grouped(tmp_path: Path) -> dict[str, Any]:
    lines = [f"text {row},{'ab'[row % 2]},author {row // 4}" for row in range(40)]
    (tmp_path / "a.csv").write_text("\n".join(["text,label,author", *lines]), encoding="utf-8")
    return {"type": "csv", "files": {"train": str(tmp_path / "a.csv")}}


def test_folds_are_disjoint_complete_and_stratified() -> None:
    whole = DatasetReader.from_params("demo").read("train")
    folds = [reader(fold=fold) for fold in range(5)]
    evaluated = [one.read("fold") for one in folds]
    assert sorted(number for one in evaluated for number in one["idx"]) == sorted(whole["idx"])
    assert {max(counts.values()) - min(counts.values()) for one in evaluated if (counts := Counter(one["label"]))} <= {
        0,
        1,
    }
    for one, fold in zip(folds, evaluated, strict=True):
        assert sorted([*one.read("train")["idx"], *fold["idx"]]) == sorted(whole["idx"])
    assert list(reader(fold=1).read("fold")["idx"]) == list(evaluated[1]["idx"])
    assert list(reader(fold=1, sample_seed=1).read("fold")["idx"]) != list(evaluated[1]["idx"])


def test_only_the_fold_is_evaluated() -> None:
    divided = reader()
    assert list(divided.splits()) == ["train", "validation", "test", "fold"]
    assert divided.evaluation_splits() == ["fold"]
    assert divided.metrics("fold") == divided.task.metrics
    assert divided.read("validation").to_list() == DatasetReader.from_params("demo").read("validation").to_list()


def test_groups_stay_together(grouped: dict[str, Any]) -> None:
    folds = [reader(grouped, fold=fold, group="author") for fold in range(5)]
    authors = [{*one.column("fold", "author")} for one in folds]
    assert sorted(author for own in authors for author in own) == sorted(f"author {row}" for row in range(10))
    assert not {*folds[0].column("train", "author")} & authors[0]
    assert len(folds[0].column("train", "author")) == len(folds[0].read("train"))


def test_the_fold_does_not_depend_on_the_number_of_training_examples() -> None:
    few = reader({"type": "demo", "few": 4})
    assert list(few.read("fold")["idx"]) == list(reader().read("fold")["idx"])
    assert Counter(few.read("train")["label"]) == {0: 4, 1: 4}


def test_values_of_a_column_are_those_of_its_examples(grouped: dict[str, Any]) -> None:
    inner = DatasetReader.from_params({**grouped, "limit": 12})
    assert inner.column("train", "author") == [f"author {number // 4}" for number in inner.read("train")["idx"]]
    held = DatasetReader.from_params({"type": "held_out", "data": grouped, "share": 0.5})
    assert held.column("held_out", "author") == [f"author {number // 4}" for number in held.read("held_out")["idx"]]
    with pytest.raises(ConfigurationError, match=r"lacks the columns autor\. did you mean 'author'"):
        inner.column("train", "autor")
    assert DatasetReader.from_params("demo").column("train", "expression")[0]
    with pytest.raises(ConfigurationError, match="the split 'train' has no column 'expresion'. did you mean"):
        DatasetReader.from_params("demo").column("train", "expresion")


def test_mistakes(grouped: dict[str, Any]) -> None:
    with pytest.raises(
        ConfigurationError, match="fold: there is no fold 5 of 5. folds are counted from 0: give 0 to 4"
    ):
        reader(fold=5)
    with pytest.raises(ConfigurationError, match="folds: there are 3 training examples for 5 folds. give folds: 3 or"):
        reader({"type": "demo", "limit": 3}).read("train")
    with pytest.raises(ConfigurationError, match="folds: there are 10 groups of 'author' in the training set for 11"):
        reader(grouped, group="author", folds=11).read("fold")


def test_rare_classes_are_named(grouped: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    path = Path(grouped["files"]["train"])
    path.write_text("text,label\n" + "a,x\n" * 10 + "b,y\n" * 2, encoding="utf-8")
    with caplog.at_level(logging.WARNING, "spanreg"):
        reader(grouped).read("fold")
    assert "fewer examples than folds, so that some folds lack them: y" in caplog.text
