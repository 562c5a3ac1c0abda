"""The checkpoints of a run; each appears whole or not at all."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from spanreg.registry import ConfigurationError
from spanreg.storage import (
    MANIFEST,
    FileRecord,
    Manifest,
    VerifiedFolder,
    damaged,
    files_below,
    leftovers,
    read_object,
    record_files,
    remove_folder,
    remove_leftovers,
    write_manifest,
)
from spanreg.training.loop.processes import folder_of_all

logger = logging.getLogger(__name__)

_NAME = re.compile(r"step-(\d+)")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A verified checkpoint.

    ``Checkpoint(Path("run/checkpoints/step-100"), step=100)``
    """

    path: Path
    step: int


class CheckpointFolder:
    """The folder ``checkpoints`` of a run: a folder for each step at which one was written.

    A checkpoint has the files of transformers' Trainer (weights, optimizer, schedule, random states, its own state),
    our ``progress-0.json`` (one for each process) and a manifest with the SHA-256 of every file. It is written under a
    temporary name, flushed to the disk and then renamed.

    ``CheckpointFolder(Path("run/checkpoints")).latest()``

    Parameters:
        folder: the folder; it is made with the first checkpoint.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # Remembered, so that a checkpoint is not read again, and warned of again, for each question.
        self._damaged: set[int] = set()
        "Steps of damaged checkpoints; they are removed when the next one is written."

    def steps(self) -> list[int]:
        """Return the steps of all checkpoints in order, without those known to be damaged."""
        names = [entry.name for entry in self.folder.iterdir()] if self.folder.is_dir() else []
        found = {int(number[1]) for name in names if (number := _NAME.fullmatch(name))}
        return sorted(found - self._damaged)

    def path(self, step: int) -> Path:
        """Return the folder of the checkpoint of a step."""
        return self.folder / f"step-{step}"

    @contextmanager
    def writing(self, step: int) -> Iterator[Path]:
        """Yield a folder to write to; it becomes the checkpoint of the step if the block succeeds in all processes.

        Raises:
            ConfigurationError: the disk is full or the folder is not writable; earlier checkpoints stay.
        """
        with folder_of_all(self.path(step), _seal) as temporary:
            yield temporary
        # The step of a damaged checkpoint may be written again after resuming from an earlier one.
        self._damaged.discard(step)

    def latest(self, *, with_best: bool = False) -> Checkpoint | None:
        """Return the newest checkpoint from which a run can resume; damaged ones are skipped with a warning.

        Args:
            with_best: the run loads the weights of its best evaluation at the end, so that their checkpoint must be
                whole, too.
        """
        # From the newest on: each check reads and hashes the whole checkpoint.
        for step in reversed(self.steps()):
            if self._is_damaged(step):
                continue
            best = best_step(self.path(step)) if with_best else 0
            if best not in (0, step) and (best not in self.steps() or self._is_damaged(best)):
                logger.warning(
                    "skipping the checkpoint of step %d: that of step %d, its best evaluation, is missing or damaged",
                    step,
                    best,
                )
                continue
            return Checkpoint(self.path(step), step)
        return None

    def require_whole(self, step: int) -> None:
        """Verify the checkpoint of a step.

        Raises:
            ConfigurationError: it is missing or damaged.
        """
        if fault := _fault(self.path(step)):
            raise ConfigurationError(
                f"the checkpoint of step {step} in {self.folder} cannot be used: {fault}",
                hint="call the command again: it resumes from an earlier one",
            )

    def prune(self, kept: Collection[int]) -> None:
        """Remove all checkpoints but those of the given steps, and temporary files of killed processes."""
        for step in {*self.steps(), *self._damaged}:
            if step not in kept:
                remove_folder(self.path(step))
        self._damaged.clear()
        remove_leftovers(leftovers(self.folder))
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()

    def _is_damaged(self, step: int) -> bool:
        if step not in self._damaged and (fault := _fault(self.path(step))):
            logger.warning("skipping the checkpoint of step %d, which is damaged: %s", step, fault)
            self._damaged.add(step)
        return step in self._damaged


def best_step(folder: Path) -> int:
    """Return the step of the best evaluation in a checkpoint; 0 if there is none, or it is damaged."""
    try:
        return int(read_object(progress_file(folder))["best"]["step"])
    except (ConfigurationError, KeyError, TypeError, ValueError):
        return 0


def progress_file(folder: Path, process: int = 0) -> Path:
    """Return the file with a process's state that transformers' checkpoint lacks."""
    return folder / f"progress-{process}.json"


def _seal(folder: Path) -> None:
    """Write the manifest of a checkpoint."""
    write_manifest(folder, record_files(folder, files_below(folder)))


def _fault(folder: Path) -> str | None:
    """Return the fault of a checkpoint; None if it is whole."""
    try:
        verified = VerifiedFolder(folder)
        if verified.manifest is None:
            verified.manifest = _earlier_manifest(folder)
    except ConfigurationError as error:
        return str(error)
    return next((f"{name}: {fault}" for name, fault in verified.faults().items()), None)


def _earlier_manifest(folder: Path) -> Manifest:
    """Return the manifest of a checkpoint that an earlier version wrote, a JSON object of hashes by name.

    Raises:
        ConfigurationError: it is missing or damaged.
    """
    hashes = read_object(folder / MANIFEST)
    if not hashes:
        raise damaged(folder / MANIFEST, "it names no files")
    # It recorded no sizes: those found count, and the hashes show a change.
    sizes = {name: (folder / name).stat().st_size if (folder / name).exists() else 0 for name in hashes}
    return Manifest({name: FileRecord(str(sha256), sizes[name]) for name, sha256 in hashes.items()})
