"""The GLUE reader: folders in the layout of the hub, the hub itself, and errors in both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spanreg.data import DatasetReader
from spanreg.data.glue import FOLDER_VARIABLE, GLUE_TASKS, GlueReader
from spanreg.registry import ConfigurationError

PUBLISHED_ROWS = {
    ("cola", "train"): 8551, ("cola", "validation"): 1043, ("sst2", "train"): 67349, ("sst2", "test"): 1821,
    ("mrpc", "train"): 3668, ("mrpc", "test"): 1725, ("stsb", "train"): 5749, ("stsb", "test"): 1379,
    ("rte", "validation"): 277, ("wnli", "train"): 635, ("qnli", "validation"): 5463, ("ax", "test"): 1104,
    ("mnli", "validation_matched"): 9815,
}  # fmt: skip
"Number of rows of some splits, from the card of the data set on the hub."


def write_split(path: Path, rows: int = 3, texts: tuple[str, ...] = ("sentence",), **columns: Any) -> Path:
    """Write a split of a few rows and return its path; a column given as None is left out."""
    filled: dict[str, Any] = {name: pa.array([f"{name} {row}" for row in range(rows)], pa.string()) for name in texts}
    filled["label"] = pa.array([row % 2 for row in range(rows)], pa.int64())
    filled["idx"] = pa.array(range(rows), pa.int32())
    filled |= columns
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({name: column for name, column in filled.items() if column is not None}), path)
    return path


def error_message(reader: GlueReader, split: str = "train") -> str:
    """Return the message with which a reader refuses a split."""
    with pytest.raises(ConfigurationError) as caught:
        reader.read(split)
    return str(caught.value)


@pytest.fixture(autouse=True)
def no_folder_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the variable that names the folder of GLUE."""
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)


def test_builds_from_a_config(tmp_path: Path) -> None:
    write_split(tmp_path / "cola" / "train.parquet")
    reader = DatasetReader.from_params({"type": "glue", "task": "cola", "path": str(tmp_path), "limit": 2})
    assert isinstance(reader, GlueReader)
    assert reader.task.labels == ("unacceptable", "acceptable")
    assert len(reader.read("train")) == 2


@pytest.mark.parametrize("task", GLUE_TASKS)
def test_every_task_has_the_shared_columns(task: Any, tmp_path: Path) -> None:
    glue_task = GLUE_TASKS[task]
    regression = task == "stsb"
    labels = pa.array([0.5, 5.0, 3.25], pa.float32()) if regression else pa.array([0, 1, 0])
    for split in glue_task.splits:
        write_split(tmp_path / task / f"{split}.parquet", texts=glue_task.texts, label=labels)
    reader = GlueReader(task, path=tmp_path)
    assert tuple(reader.splits()) == glue_task.splits
    dataset = reader.read(glue_task.splits[0])
    pair = ["pair"] if len(glue_task.texts) == 2 else []
    assert dataset.column_names == ["text", *pair, "label", "idx"]
    assert dataset.features["label"].dtype == ("float32" if regression else "int64")
    assert dataset.features["idx"].dtype == "int64"
    assert dataset[1]["text"] == f"{glue_task.texts[0]} 1"
    assert reader.task.pair == bool(pair)
    assert reader.task.kind == ("regression" if regression else "classification")
    assert bool(reader.task.labels) != regression
    assert reader.fingerprint(glue_task.splits[0]) == GlueReader(task, path=tmp_path).fingerprint(glue_task.splits[0])


def test_the_folder_may_be_given_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_split(tmp_path / "rte" / "train.parquet", texts=("sentence1", "sentence2"))
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    assert len(GlueReader("rte").read("train")) == 3


def test_shards_named_as_on_the_hub_are_joined(tmp_path: Path) -> None:
    write_split(tmp_path / "cola" / "train-00001-of-00002.parquet", idx=pa.array([3, 4, 5]))
    write_split(tmp_path / "cola" / "train-00000-of-00002.parquet")
    write_split(tmp_path / "cola" / "validation-00000-of-00001.parquet")
    reader = GlueReader("cola", path=tmp_path)
    assert list(reader.splits()) == ["train", "validation"]
    assert reader.read("train")["idx"][:] == [0, 1, 2, 3, 4, 5]


def test_a_missing_shard_is_refused(tmp_path: Path) -> None:
    write_split(tmp_path / "cola" / "train-00001-of-00002.parquet")
    assert "add train-00000-of-00002.parquet" in error_message(GlueReader("cola", path=tmp_path))


def test_a_partial_file_is_a_separate_split(tmp_path: Path) -> None:
    texts = ("question", "sentence")
    write_split(tmp_path / "qnli" / "train_partial.parquet", rows=4, texts=texts)
    write_split(tmp_path / "qnli" / "validation.parquet", texts=texts)
    reader = GlueReader("qnli", path=tmp_path)
    assert list(reader.splits()) == ["validation", "train_partial"]
    assert len(reader.read("train_partial")) == 4
    text = error_message(reader)
    assert text == (
        "the local copy of qnli has no split 'train'. did you mean 'train_partial'? splits: validation. "
        "to use train_partial in its place, give files: {train: 'train_partial'}"
    )


@pytest.mark.parametrize("name", ["train_partial", "train_partial.parquet"])
def test_files_may_be_assigned_to_splits(name: str, tmp_path: Path) -> None:
    write_split(tmp_path / "qnli" / "train_partial.parquet", rows=4, texts=("question", "sentence"))
    reader = GlueReader("qnli", path=tmp_path, files={"train": name})
    assert list(reader.splits()) == ["train"]
    assert len(reader.read("train")) == 4


def test_a_named_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    write_split(tmp_path / "cola" / "train.parquet")
    text = error_message(GlueReader("cola", path=tmp_path, files={"validation": "dev"}))
    assert text.startswith("files.validation: no file")
    assert text.endswith("the folder has: train")


def test_file_names_without_a_folder_are_refused() -> None:
    assert FOLDER_VARIABLE in error_message(GlueReader("cola", files={"train": "part"}))


def test_missing_folders_are_refused_with_a_suggestion(tmp_path: Path) -> None:
    text = error_message(GlueReader("cola", path=tmp_path / "nowhere"))
    assert f"the GLUE folder {tmp_path / 'nowhere'} does not exist" in text
    assert FOLDER_VARIABLE in text
    (tmp_path / "glue" / "cola").mkdir(parents=True)
    assert f"did you mean {tmp_path / 'glue'}?" in error_message(GlueReader("cola", path=tmp_path))
    assert "no Parquet files" in error_message(GlueReader("cola", path=tmp_path / "glue"))


def test_a_missing_folder_from_the_environment_names_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "nowhere"))
    assert f"(from the environment variable {FOLDER_VARIABLE})" in error_message(GlueReader("cola"))


def test_an_unreachable_hub_is_refused_with_a_suggestion(monkeypatch: pytest.MonkeyPatch) -> None:
    def raise_connection_error(*args: object, **kwargs: object) -> None:
        raise ConnectionError("Couldn't reach the hub\nlong story")

    monkeypatch.setattr("datasets.load_dataset", raise_connection_error)
    text = error_message(GlueReader("cola"))
    assert "Couldn't reach the hub" in text
    assert "long story" not in text
    assert f"the environment variable {FOLDER_VARIABLE}" in text


def test_data_of_the_hub_have_the_same_columns_and_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    from datasets import Dataset

    requests: list[object] = []

    def fake_load_dataset(*args: object, split: str) -> Dataset:
        requests.append((*args, split))
        return Dataset.from_dict({"sentence": ["a", "b"], "label": [1, 0], "idx": [0, 1]})

    monkeypatch.setattr("datasets.load_dataset", fake_load_dataset)
    reader = GlueReader("cola", limit=1, limit_from="start")
    assert reader.splits() == ("train", "validation", "test")
    assert reader.read("train")[:] == {"text": ["a"], "label": [1], "idx": [0]}
    assert requests == [("nyu-mll/glue", "cola", "train")]
    assert "splits: train, validation, test" in error_message(reader, "dev")


def test_missing_columns_are_listed_with_the_existing_ones(tmp_path: Path) -> None:
    write_split(tmp_path / "cola" / "train.parquet", idx=None, sentence=None, text=pa.array(["a", "b", "c"]))
    text = error_message(GlueReader("cola", path=tmp_path))
    assert text.endswith(
        "lacks the columns sentence, idx. it has: label, text; name its columns with 'text', 'pair' and 'label'"
    )


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"label": pa.array([0, 7, 9])}, "row 1 (counted from 0): the label is 7. the ids are 0 (unacceptable), "
         "1 (acceptable); -1 (unknown) is for test splits"),
        ({"label": pa.array([0, 7, 9])}, "row 2 (counted from 0): the label is 9."),
        ({"label": pa.array([0, 1, -1])}, "row 2 (counted from 0): the label is -1."),
        ({"label": pa.array([0, None, 1])}, "row 1 (counted from 0): the label is missing."),
        ({"label": pa.array(["0", "1", "0"])}, "row 0 (counted from 0): the label is '0'."),
        ({"label": pa.array([0.0, 1.0, 0.0])}, "row 0 (counted from 0): the label is 0.0."),
        ({"sentence": pa.array(["a", "b", None])}, "row 2 (counted from 0): column 'sentence' holds null."),
        ({"sentence": pa.array([1, 2, 3])}, "row 0 (counted from 0): column 'sentence' holds 1. it must hold a string"),
    ],
)  # fmt: skip
def test_wrong_values_are_refused_with_their_row(columns: dict[str, Any], expected: str, tmp_path: Path) -> None:
    path = write_split(tmp_path / "cola" / "train.parquet", **columns)
    text = error_message(GlueReader("cola", path=tmp_path))
    assert text.startswith(path.as_posix())
    assert expected in text


def test_labels_of_test_splits_may_be_unknown(tmp_path: Path) -> None:
    write_split(tmp_path / "cola" / "test.parquet", label=pa.array([-1, -1, -1]))
    assert GlueReader("cola", path=tmp_path).read("test")["label"][:] == [-1, -1, -1]


def test_regression_labels_must_be_finite(tmp_path: Path) -> None:
    write_split(
        tmp_path / "stsb" / "train.parquet",
        texts=("sentence1", "sentence2"),
        label=pa.array([1.0, np.nan, 2.0], pa.float32()),
    )
    assert "row 1 (counted from 0): the label is nan" in error_message(GlueReader("stsb", path=tmp_path))


def test_an_empty_split_is_refused(tmp_path: Path) -> None:
    path = write_split(tmp_path / "cola" / "train.parquet", rows=0)
    assert f"{path.as_posix()}: has no examples" in error_message(GlueReader("cola", path=tmp_path))


@pytest.mark.parametrize("content", [b"", b"not a table", None])
def test_damaged_files_are_refused(content: bytes | None, tmp_path: Path) -> None:
    path = write_split(tmp_path / "cola" / "train.parquet")
    path.write_bytes(path.read_bytes()[:-20] if content is None else content)
    assert f"{path}: cannot be read as Parquet" in error_message(GlueReader("cola", path=tmp_path))


@pytest.mark.parametrize(("task", "split"), PUBLISHED_ROWS)
def test_glue_has_the_published_sizes(task: Any, split: str, glue_dir: Path) -> None:
    reader = GlueReader(task, path=glue_dir)
    if split not in reader.splits():
        pytest.skip(f"the folder has no {task}/{split}")
    dataset = reader.read(split)
    assert len(dataset) == PUBLISHED_ROWS[task, split]
    if reader.task.labels and split != "test":
        assert set(dataset["label"][:]) == set(range(len(reader.task.labels)))


def test_the_diagnostic_set_is_a_split_of_mnli(tmp_path: Path) -> None:
    texts = ("premise", "hypothesis")
    write_split(tmp_path / "mnli" / "train.parquet", texts=texts)
    reader = GlueReader("mnli", path=tmp_path)
    assert list(reader.splits()) == ["train"]
    write_split(tmp_path / "ax" / "test-00000-of-00001.parquet", rows=5, texts=texts, label=pa.array([-1] * 5))
    assert list(reader.splits()) == ["train", "test_ax"]
    assert reader.read("test_ax")["label"][:] == [-1] * 5
    assert (reader.metrics("test_ax"), reader.metrics("train")) == (("matthews_correlation",), ("accuracy",))
    assert list(GlueReader("ax", path=tmp_path).splits()) == ["test"]


def test_the_diagnostic_set_of_the_hub_is_a_task_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    from datasets import Dataset

    def fake_load_dataset(hub: str, subset: str, split: str) -> Dataset:
        return Dataset.from_dict({"premise": [subset], "hypothesis": [split], "label": [-1], "idx": [0]})

    monkeypatch.setattr("datasets.load_dataset", fake_load_dataset)
    assert GlueReader("mnli").read("test_ax")[0]["text"] == "ax"
    assert GlueReader("mnli").read("test_ax")[0]["pair"] == "test"
    assert GlueReader("mnli").read("test_matched")[0]["text"] == "mnli"


def test_only_a_regression_has_bounds() -> None:
    assert {task: GlueReader(task).task.bounds for task in ("stsb", "cola")} == {"stsb": (0.0, 5.0), "cola": None}
