"""Failures during a training: the error names cause and fix, and earlier checkpoints stay."""

from __future__ import annotations

import errno
import math
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from transformers import Trainer

from spanreg.data.base import DatasetReader, Task
from spanreg.heads.classification import ClassificationHead
from spanreg.registry import ConfigurationError, Params
from spanreg.training.runs.layout import RunFolder
from spanreg.training.train import train

MakeConfig = Callable[..., dict[str, Any]]


def error_message(config: dict[str, Any], folder: Path, **options: bool) -> str:
    """Return the message with which a training fails."""
    with pytest.raises(ConfigurationError) as caught:
        train(Params(config), folder, **options)
    return str(caught.value)


def change_head_output(monkeypatch: pytest.MonkeyPatch, call: int, change: Callable[[Any], Any]) -> None:
    """Apply ``change`` to the output of the head in training mode, from the given call on."""
    original, calls = ClassificationHead.forward, count(1)

    def forward(self: ClassificationHead, *arguments: Any, **keywords: Any) -> Any:
        output = original(self, *arguments, **keywords)
        return change(output) if self.training and next(calls) >= call else output

    monkeypatch.setattr(ClassificationHead, "forward", forward)


def with_nan_loss(output: Any) -> Any:
    """Return the output of a head with the loss ``nan``."""
    return output._replace(loss=output.loss * math.nan)


def test_a_loss_that_is_not_finite_is_reported_and_checkpoints_stay(
    make_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_head_output(monkeypatch, 6, with_nan_loss)
    message = error_message(make_config({"batch_size": 4, "checkpoint_every": 2}), tmp_path / "run")
    assert message.startswith("training: the loss is not finite from step 6 on, first for the examples with the idx ")
    assert message.count(",") >= 3  # between four examples
    run = RunFolder(tmp_path / "run")
    assert run.checkpoints.steps() == [2, 4]
    assert (run.status() or {})["state"] == "failed"
    assert run.checkpoints.latest() is not None


def raising(error: Exception) -> Callable[[Any], Any]:
    """Return a function that raises the error, for ``change_head_output``."""

    def change(output: Any) -> Any:
        raise error

    return change


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
        MemoryError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_out_of_memory_is_reported_with_the_batch_and_the_option_to_lower(
    error: Exception, make_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_head_output(monkeypatch, 3, raising(error))
    message = error_message(make_config(), tmp_path / "run")
    assert re.match(r"training: out of memory at step 3, with 8 x \d+ tokens: the examples with the idx \d+, ", message)
    assert "lower training.batch_size (it is 8)" in message
    message = error_message(make_config({"tokens_per_batch": 150}), tmp_path / "by tokens")
    assert "lower training.tokens_per_batch (it is 150)" in message


def test_other_errors_are_raised_unchanged(
    make_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_head_output(monkeypatch, 1, raising(RuntimeError("shapes differ")))
    with pytest.raises(RuntimeError, match="shapes differ"):
        train(Params(make_config()), tmp_path / "run")


def test_out_of_memory_in_an_evaluation_is_reported_with_its_option(
    make_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def evaluate(*arguments: Any, **keywords: Any) -> Any:
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr("spanreg.training.train.evaluate_split", evaluate)
    assert "lower training.evaluation_batch_size (it is 64)" in error_message(make_config(), tmp_path / "run")


def test_a_full_disk_at_a_checkpoint_leaves_the_earlier_checkpoint(
    make_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save, calls = Trainer._save_optimizer_and_scheduler, count(1)

    def save_or_fail(self: Trainer, folder: str) -> None:
        if next(calls) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        save(self, folder)

    # A part of every checkpoint; the second checkpoint fails.
    monkeypatch.setattr(Trainer, "_save_optimizer_and_scheduler", save_or_fail)
    message = error_message(make_config(), tmp_path / "run")
    assert "the disk is full. free some space" in message
    run = RunFolder(tmp_path / "run")
    assert run.checkpoints.steps() == [4]  # after the first of two epochs
    assert [entry.name for entry in run.checkpoints.folder.iterdir()] == ["step-4"]
    monkeypatch.undo()
    assert train(Params(make_config()), run.path, resume=True)["training"]["steps"] == 8


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on a file system of 2 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small file system")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_checkpoint_on_a_full_file_system_leaves_no_partial_files(make_config: MakeConfig, small_disk: Path) -> None:
    encoder = {"type": "tiny", "dim": 64, "layers": 2}
    message = error_message(make_config({"checkpoint_every": 1}, encoder=encoder), small_disk / "run")
    assert "the disk is full. free some space" in message
    checkpoints = RunFolder(small_disk / "run").checkpoints
    assert not list(checkpoints.folder.glob(".*.part"))


def test_a_folder_that_is_not_writable_is_reported(
    make_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original_open = os.open

    def deny(path: Any, *arguments: Any, **keywords: Any) -> int:
        if str(path).startswith(str(tmp_path / "run")):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return original_open(path, *arguments, **keywords)

    (tmp_path / "run").mkdir()
    monkeypatch.setattr(os, "open", deny)
    assert error_message(make_config(), tmp_path / "run") == (
        f"cannot write {tmp_path / 'run' / '.lock'}: it is not writable. name a folder that you may write to"
    )


def test_regression_labels_that_are_not_finite_are_rejected(
    make_config: MakeConfig, tmp_path: Path, clean_registry: None
) -> None:
    @DatasetReader.register("toy_nan")
    class ToyNan(DatasetReader):
        """Reader of four examples, two of which have the label ``nan``."""

        def __init__(self) -> None:
            self.task = Task("toy_nan", "regression", (), ("pearson",), pair=False)

        def splits(self) -> tuple[str, ...]:
            return ("train",)

        def read(self, split: str) -> Dataset:
            labels = [0.5, math.nan, 1.5, math.nan]
            return Dataset.from_dict({"text": ["a red fox"] * 4, "label": labels, "idx": [7, 8, 9, 10]})

    assert error_message(make_config(data="toy_nan"), tmp_path / "run") == (
        "data: 2 labels of the training set are not finite, the first nan at idx 8. correct them, or leave these"
        " examples out of the split 'train'"
    )
    assert not (tmp_path / "run").exists()
