"""``CheckpointFolder``: checkpoints appear complete or not at all, and damaged ones are skipped."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from spanreg.registry import ConfigurationError
from spanreg.training.loop.checkpoints import CheckpointFolder


def write_checkpoint(checkpoints: CheckpointFolder, step: int, content: str = "weights") -> Path:
    """Write a checkpoint of one file, and return its folder."""
    with checkpoints.writing(step) as folder:
        (folder / "model.safetensors").write_text(content)
    return checkpoints.path(step)


def overwrite(file: Path) -> None:
    """Replace the content of a file by five other bytes."""
    file.write_text("other")


def test_the_latest_checkpoint_has_the_highest_step(tmp_path: Path) -> None:
    checkpoints = CheckpointFolder(tmp_path / "checkpoints")
    assert checkpoints.latest() is None
    for step in (9, 10):  # "step-10" sorts before "step-9" as text
        write_checkpoint(checkpoints, step)
    latest = checkpoints.latest()
    assert latest is not None
    assert (latest.step, latest.path) == (10, tmp_path / "checkpoints" / "step-10")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (
            lambda folder: overwrite(folder / "model.safetensors"),
            "model.safetensors: it has 5 bytes, and 7 were written",
        ),
        (lambda folder: (folder / "model.safetensors").unlink(), "model.safetensors: is missing"),
        (lambda folder: (folder / "manifest.json").unlink(), "manifest.json is missing"),
        (lambda folder: overwrite(folder / "manifest.json"), "it is not JSON"),
        (lambda folder: (folder / "manifest.json").write_text("[1]"), "it is not a JSON object"),
    ],
)
def test_a_damaged_checkpoint_is_skipped_with_a_warning(
    damage: Callable[[Path], object], message: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    checkpoints = CheckpointFolder(tmp_path)
    write_checkpoint(checkpoints, 1)
    damage(write_checkpoint(checkpoints, 2))
    latest = checkpoints.latest()
    assert latest is not None
    assert latest.step == 1
    assert "skipping the checkpoint of step 2, which is damaged: " in caplog.text
    assert message in caplog.text


def test_an_error_while_writing_leaves_only_earlier_checkpoints(tmp_path: Path) -> None:
    checkpoints = CheckpointFolder(tmp_path)
    write_checkpoint(checkpoints, 1)
    with pytest.raises(FileNotFoundError), checkpoints.writing(2) as folder:
        (folder / "model.safetensors").rename(folder / "no such" / "place")
    assert [entry.name for entry in tmp_path.iterdir()] == ["step-1"]


# As Python and as safetensors report a full disk.
DISK_FULL_ERRORS = [
    OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
    RuntimeError("Error while serializing: I/O error: No space left on device (os error 28)"),
]


@pytest.mark.parametrize("error", DISK_FULL_ERRORS, ids=lambda error: type(error).__name__)
def test_a_full_disk_is_reported_and_earlier_checkpoints_stay(error: Exception, tmp_path: Path) -> None:
    checkpoints = CheckpointFolder(tmp_path)
    write_checkpoint(checkpoints, 1)
    with pytest.raises(ConfigurationError) as caught, checkpoints.writing(2):
        raise error
    assert "the disk is full. free some space" in str(caught.value)
    assert checkpoints.steps() == [1]


def test_pruning_keeps_the_named_steps_and_removes_leftovers(tmp_path: Path) -> None:
    checkpoints = CheckpointFolder(tmp_path / "checkpoints")
    for step in (1, 2, 3):
        write_checkpoint(checkpoints, step)
    (checkpoints.folder / ".step-4.abc.part").mkdir()
    checkpoints.prune({1, 3})
    assert sorted(entry.name for entry in checkpoints.folder.iterdir()) == ["step-1", "step-3"]
    checkpoints.prune(())
    assert not checkpoints.folder.exists()
