"""Names of splits: their role, their order, and refused ones."""

from __future__ import annotations

import pytest

from spanreg.data import DatasetReader
from spanreg.data.sources.splits import in_order, is_test_split, is_training_split
from spanreg.registry import ConfigurationError

TEST_NAMES = ["test", "test2", "test_ax", "test-hidden", "Test", "tests", "heldout_test", "test (2024)", "test.a"]
OTHER_NAMES = ["validation", "dev", "devtest", "dev_test", "test_validation", "latest", "contest", "held_out", "2024"]


@pytest.mark.parametrize("name", TEST_NAMES)
def test_names_of_test_splits_are_recognized(name: str) -> None:
    assert is_test_split(name)


@pytest.mark.parametrize("name", [*OTHER_NAMES, "train"])
def test_other_names_are_not_test_splits(name: str) -> None:
    assert not is_test_split(name)


def test_variants_of_the_training_set_are_not_evaluated() -> None:
    assert all(map(is_training_split, ["train", "train_partial", "train2", "training"]))
    files = dict.fromkeys(["train", "train_partial", "validation", "test2", "test-hidden", "dev (2024)"], "a.jsonl")
    reader = DatasetReader.from_params({"type": "jsonl", "files": files})
    assert reader.evaluation_splits() == ["validation", "dev (2024)"]


def test_standard_splits_come_first_and_others_in_alphabetical_order() -> None:
    assert in_order(["b", "test", "a", "train", "validation"]) == ("train", "validation", "test", "a", "b")


@pytest.mark.parametrize("name", ["dev/2024", "../outside", "..", ".hidden", "", " dev", "a\\b", "a\0", "x" * 201])
def test_names_that_are_not_file_names_are_refused(name: str) -> None:
    for kind in ("jsonl", "conll"):
        with pytest.raises(ConfigurationError, match=r"^files: the split .* cannot be a file name"):
            DatasetReader.from_params({"type": kind, "files": {"train": "a.txt", name: "a.txt"}})


@pytest.mark.parametrize("name", ["dev (2024)", "développement", "dev.2024"])
def test_names_may_have_spaces_accents_and_dots(name: str) -> None:
    assert name in DatasetReader.from_params({"type": "jsonl", "files": {"train": "a", name: "a"}}).splits()
