"""The role of a split by its name."""

from __future__ import annotations

import pytest

from spanreg.data import DatasetReader
from spanreg.data.sources.splits import in_order, is_test_split, is_training_split
from spanreg.registry import ConfigurationError

TESTS = ["test", "test2", "test_ax", "test-hidden", "Test", "tests", "heldout_test", "test (2024)", "test.a"]
OTHERS = ["validation", "dev", "devtest", "dev_test", "test_validation", "latest", "contest", "held_out", "2024"]


@pytest.mark.parametrize("name", TESTS)
def test_test_splits(name: str) -> None:
    assert is_test_split(name)


@pytest.mark.parametrize("name", [*OTHERS, "train"])
def test_other_splits(name: str) -> None:
    assert not is_test_split(name)


def test_variants_of_the_training_set_are_not_evaluated() -> None:
    assert all(map(is_training_split, ["train", "train_partial", "train2", "training"]))
    files = dict.fromkeys(["train", "train_partial", "validation", "test2", "test-hidden", "dev (2024)"], "a.jsonl")
    reader = DatasetReader.from_params({"type": "jsonl", "files": files})
    assert reader.evaluation_splits() == ["validation", "dev (2024)"]


def test_the_order() -> None:
    assert in_order(["b", "test", "a", "train", "validation"]) == ("train", "validation", "test", "a", "b")


@pytest.mark.parametrize("name", ["dev/2024", "../outside", "..", ".hidden", "", " dev", "a\\b", "a\0", "x" * 201])
def test_names_that_no_file_can_have_are_refused(name: str) -> None:
    for kind in ("jsonl", "conll"):
        with pytest.raises(ConfigurationError, match=r"^files: the split .* cannot be a file name"):
            DatasetReader.from_params({"type": kind, "files": {"train": "a.txt", name: "a.txt"}})


@pytest.mark.parametrize("name", ["dev (2024)", "développement", "dev.2024"])
def test_other_names_may_be_given(name: str) -> None:
    assert name in DatasetReader.from_params({"type": "jsonl", "files": {"train": "a", name: "a"}}).splits()
