"""Checkpoints of a run: each is whole or it is not there."""

from __future__ import annotations

import json
import logging
import re
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spanreg.storage import hash_file, remove_folder, write_json
from spanreg.training.processes import folder_of_all

logger = logging.getLogger(__name__)

_MANIFEST = "manifest.json"
_NAME = re.compile(r"step-(\d+)")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One that was found whole."""

    path: Path
    step: int


class Checkpoints:
    """The folder ``checkpoints`` of a run: a folder for each step at which one was written.

    A checkpoint has what transformers' Trainer writes (weights, optimiser, schedule, random states, its own state),
    what ours adds (``progress-0.json``, one for each process) and a manifest with the SHA-256 of every file. It is
    written beside its place, put on the disk and then renamed.

    Parameters:
        folder: where they lie; made when the first is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def steps(self) -> list[int]:
        """Steps of all checkpoints, whole or not, in order."""
        names = [entry.name for entry in self.folder.iterdir()] if self.folder.is_dir() else []
        return sorted(int(found[1]) for name in names if (found := _NAME.fullmatch(name)))

    def path(self, step: int) -> Path:
        """Where that of a step lies."""
        return self.folder / f"step-{step}"

    @contextmanager
    def writing(self, step: int) -> Iterator[Path]:
        """Gives a folder to write to; it becomes the checkpoint of the step if the block succeeds in all processes.

        Raises:
            ConfigurationError: the disk is full or the folder is not writable; earlier checkpoints are as they were.
        """
        with folder_of_all(self.path(step), _seal) as temporary:
            yield temporary

    def latest(self) -> Checkpoint | None:
        """The newest that is whole; each damaged one is passed over with a warning."""
        for step in reversed(self.steps()):
            damage = _damage(self.path(step))
            if damage is None:
                return Checkpoint(self.path(step), step)
            logger.warning("the checkpoint of step %d is damaged and left aside: %s", step, damage)
        return None

    def prune(self, kept: Collection[int]) -> None:
        """Removes all but those of the given steps, and what killed writers left."""
        for step in self.steps():
            if step not in kept:
                remove_folder(self.path(step))
        self.remove_leftovers()
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()

    def remove_leftovers(self) -> None:
        """Removes what killed writers left; for the holder of the run's lock."""
        for leftover in self.folder.glob(".*.part"):
            shutil.rmtree(leftover, ignore_errors=True)


def _seal(folder: Path) -> None:
    """Writes down what belongs to a checkpoint."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    write_json(folder / _MANIFEST, {path.relative_to(folder).as_posix(): hash_file(path) for path in files})


def _damage(folder: Path) -> str | None:
    """What is wrong with a checkpoint, if anything."""
    try:
        manifest: dict[str, Any] = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        wrong = [name for name, expected in manifest.items() if hash_file(folder / name) != expected]
    except (OSError, ValueError, AttributeError, TypeError) as error:
        return str(error)
    return f"{wrong[0]} is not as it was written" if wrong else None
