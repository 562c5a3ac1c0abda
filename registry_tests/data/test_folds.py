"""Cross-validation folds of a training set: disjoint, complete, stratified, grouped, and the same for all runs."""

from __future__ import annotations

import logging
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from spanreg.data import DatasetReader
from spanreg.registry import ConfigurationError


def make_reader(data: Any = "demo", **keys: Any) -> DatasetReader:
    """Return a reader that divides the training set of other data into folds."""
    reader: DatasetReader = DatasetReader.from_params({"type": "folds", "data": data, **keys})
    return reader


@pytest.fixture
def grouped_data(tmp_path: Path) -> dict[str, Any]:
    """Return the config of a CSV file with 40 rows, four of each author."""
    lines = [f"text {row},{'ab'[row % 2]},author {row // 4}" for row in range(40)]
    (tmp_path / "a.csv").write_text("\n".join(["text,label,author", *lines]), encoding="utf-8")
    return {"type": "csv", "files": {"train": str(tmp_path / "a.csv")}}


def test_folds_are_disjoint_complete_and_stratified() -> None:
    whole = DatasetReader.from_params("demo").read("train")
    readers = [make_reader(fold=number) for number in range(5)]
    folds = [reader.read("fold") for reader in readers]
    assert sorted(number for fold in folds for number in fold["idx"]) == sorted(whole["idx"])
    for reader, fold in zip(readers, folds, strict=True):
        label_counts = Counter(fold["label"]).values()
        assert max(label_counts) - min(label_counts) <= 1
        assert sorted([*reader.read("train")["idx"], *fold["idx"]]) == sorted(whole["idx"])
    assert list(make_reader(fold=1).read("fold")["idx"]) == list(folds[1]["idx"])
    assert list(make_reader(fold=1, sample_seed=1).read("fold")["idx"]) != list(folds[1]["idx"])


def test_only_the_fold_is_evaluated() -> None:
    reader = make_reader()
    assert list(reader.splits()) == ["train", "validation", "test", "fold"]
    assert reader.evaluation_splits() == ["fold"]
    assert reader.metrics("fold") == reader.task.metrics
    assert reader.read("validation").to_list() == DatasetReader.from_params("demo").read("validation").to_list()


def test_groups_stay_together(grouped_data: dict[str, Any]) -> None:
    folds = [make_reader(grouped_data, fold=fold, group="author") for fold in range(5)]
    authors = [{*reader.column("fold", "author")} for reader in folds]
    assert sorted(author for group in authors for author in group) == sorted(f"author {row}" for row in range(10))
    assert not {*folds[0].column("train", "author")} & authors[0]
    assert len(folds[0].column("train", "author")) == len(folds[0].read("train"))


def test_the_fold_does_not_depend_on_the_number_of_training_examples() -> None:
    few = make_reader({"type": "demo", "few": 4})
    assert list(few.read("fold")["idx"]) == list(make_reader().read("fold")["idx"])
    assert Counter(few.read("train")["label"]) == {0: 4, 1: 4}


def test_a_column_has_the_values_of_the_chosen_examples(grouped_data: dict[str, Any]) -> None:
    inner = DatasetReader.from_params({**grouped_data, "limit": 12})
    assert inner.column("train", "author") == [f"author {number // 4}" for number in inner.read("train")["idx"]]
    held = DatasetReader.from_params({"type": "held_out", "data": grouped_data, "share": 0.5})
    assert held.column("held_out", "author") == [f"author {number // 4}" for number in held.read("held_out")["idx"]]
    with pytest.raises(
        ConfigurationError, match=r"lacks the columns autor\. did you mean 'author'\? it has: text, label$"
    ):
        inner.column("train", "autor")
    assert DatasetReader.from_params("demo").column("train", "expression")[0]
    with pytest.raises(ConfigurationError, match="the split 'train' has no column 'expresion'. did you mean"):
        DatasetReader.from_params("demo").column("train", "expresion")


def test_wrong_numbers_of_folds_are_refused(grouped_data: dict[str, Any]) -> None:
    with pytest.raises(
        ConfigurationError, match="fold: there is no fold 5 of 5. folds are counted from 0: give 0 to 4"
    ):
        make_reader(fold=5)
    with pytest.raises(ConfigurationError, match="folds: there are 3 training examples for 5 folds. give folds: 3 or"):
        make_reader({"type": "demo", "limit": 3}).read("train")
    with pytest.raises(ConfigurationError, match="folds: there are 10 groups of 'author' in the training set for 11"):
        make_reader(grouped_data, group="author", folds=11).read("fold")


def test_classes_with_fewer_examples_than_folds_are_logged(
    grouped_data: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    path = Path(grouped_data["files"]["train"])
    path.write_text("text,label\n" + "a,x\n" * 10 + "b,y\n" * 2, encoding="utf-8")
    with caplog.at_level(logging.WARNING, "spanreg"):
        make_reader(grouped_data).read("fold")
    assert "fewer examples than folds, so that some folds lack them: y" in caplog.text
