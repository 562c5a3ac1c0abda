"""Failures during a training: each is reported clearly, and earlier checkpoints stay."""

from __future__ import annotations

import errno
import math
import os
import re
import subprocess
from collections.abc import Callable, Iterator
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


def refusal(config: dict[str, Any], folder: Path, **options: bool) -> str:
    with pytest.raises(ConfigurationError) as caught:
        train(Params(config), folder, **options)
    return str(caught.value)


def fails_at(monkeypatch: pytest.MonkeyPatch, call: int, act: Callable[[Any], Any]) -> None:
    """Replace the output of the head from one of its calls in training mode on."""
    sound, calls = ClassificationHead.forward, iter(range(1, 10**6))

    def forward(self: ClassificationHead, *arguments: Any, **keywords: Any) -> Any:
        scored = sound(self, *arguments, **keywords)
        return act(scored) if self.training and next(calls) >= call else scored

    monkeypatch.setattr(ClassificationHead, "forward", forward)


def spoil(scored: Any) -> Any:
    return scored._replace(loss=scored.loss * math.nan)


def test_a_loss_that_is_not_finite_names_the_examples_and_keeps_the_checkpoint(
    make_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails_at(monkeypatch, 6, spoil)
    text = refusal(make_config({"batch_size": 4, "checkpoint_every": 2}), tmp_path / "run")
    assert text.startswith("training: the loss is not finite from step 6 on, first for the examples with the idx ")
    assert text.count(",") >= 3
    run = RunFolder(tmp_path / "run")
    assert run.checkpoints.steps() == [2, 4]
    assert (run.status() or {})["state"] == "failed"
    assert run.checkpoints.latest() is not None


def raises(error: Exception) -> Callable[[Any], Any]:
    def act(scored: Any) -> Any:
        raise error

    return act


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
        MemoryError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_out_of_memory_names_the_batch_and_what_to_lower(
    error: Exception, make_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails_at(monkeypatch, 3, raises(error))
    text = refusal(make_config(), tmp_path / "run")
    assert re.match(r"training: out of memory at step 3, with 8 x \d+ tokens: the examples with the idx \d+, ", text)
    assert "lower training.batch_size (it is 8)" in text
    text = refusal(make_config({"tokens_per_batch": 150}), tmp_path / "by tokens")
    assert "lower training.tokens_per_batch (it is 150)" in text


def test_another_error_is_not_changed(make_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fails_at(monkeypatch, 1, raises(RuntimeError("shapes differ")))
    with pytest.raises(RuntimeError, match="shapes differ"):
        train(Params(make_config()), tmp_path / "run")


def test_out_of_memory_in_an_evaluation_names_its_own_key(
    make_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def evaluate(*arguments: Any, **keywords: Any) -> Any:
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr("spanreg.training.train.evaluate_split", evaluate)
    assert "lower training.evaluation_batch_size (it is 64)" in refusal(make_config(), tmp_path / "run")


def test_a_full_disk_at_a_checkpoint_leaves_the_one_before(
    make_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save, calls = Trainer._save_optimizer_and_scheduler, iter(range(1, 99))

    def fill(self: Trainer, folder: str) -> None:
        if next(calls) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        save(self, folder)

    monkeypatch.setattr(Trainer, "_save_optimizer_and_scheduler", fill)
    text = refusal(make_config(), tmp_path / "run")
    assert "the disk is full. free some space" in text
    run = RunFolder(tmp_path / "run")
    assert run.checkpoints.steps() == [4]
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
        pytest.skip("mounting a small file system takes root's rights")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_disk_that_really_is_full(make_config: MakeConfig, small_disk: Path) -> None:
    encoder = {"type": "tiny", "dim": 64, "layers": 2}
    text = refusal(make_config({"checkpoint_every": 1}, encoder=encoder), small_disk / "run")
    assert "the disk is full. free some space" in text
    checkpoints = RunFolder(small_disk / "run").checkpoints
    assert not list(checkpoints.folder.glob(".*.part"))


def test_a_folder_that_cannot_be_written_to(
    make_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def refuse(path: Any, *arguments: Any, **keywords: Any) -> int:
        if str(path).startswith(str(tmp_path / "run")):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return real(path, *arguments, **keywords)

    (tmp_path / "run").mkdir()
    monkeypatch.setattr(os, "open", refuse)
    assert refusal(make_config(), tmp_path / "run") == (
        f"cannot write {tmp_path / 'run' / '.lock'}: it is not writable. name a folder that you may write to"
    )


def test_a_regression_label_that_is_not_a_number(make_config: MakeConfig, tmp_path: Path, clean_registry: None) -> None:
    @DatasetReader.register("toy_nan")
    class ToyNan(DatasetReader):
        def __init__(self) -> None:
            self.task = Task("toy_nan", "regression", (), ("pearson",), pair=False)

        def splits(self) -> tuple[str, ...]:
            return ("train",)

        def read(self, split: str) -> Dataset:
            labels = [0.5, math.nan, 1.5, math.nan]
            return Dataset.from_dict({"text": ["a red fox"] * 4, "label": labels, "idx": [7, 8, 9, 10]})

    assert refusal(make_config(data="toy_nan"), tmp_path / "run") == (
        "data: 2 labels of the training set are not finite, the first nan at idx 8. correct them, or leave these"
        " examples out of the split 'train'"
    )
    assert not (tmp_path / "run").exists()
