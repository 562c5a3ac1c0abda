"""The folder that a run leaves behind: names and states of what lies in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal, get_args

from spanreg.storage import (
    MANIFEST,
    DamagedFileError,
    damaged,
    is_locked,
    leftovers,
    path_component,
    read_manifest,
    read_object,
    unsealed,
)
from spanreg.storage.reading import SEAL
from spanreg.training.loop.checkpoints import Checkpoints

State = Literal["running", "finished", "failed", "interrupted"]

LOCK: Final = ".lock"
LOG: Final = "train.log"
CHECKPOINTS: Final = "checkpoints"
EVALUATIONS: Final = "evaluations"

EVALUATION_SUFFIXES: Final = (".txt", ".jsonl")
"Suffixes of evaluation files, today's first; ``*.jsonl`` in a run is the predictions of a split and nothing else."
STATUS: Final = "status.json"
UNSEALED: Final = (STATUS, MANIFEST, "tracking", "progress.json", CHECKPOINTS, LOG)
"Parts that the manifest of a run does not hold: those that have checksums of their own, and those that are not read."
PARTS: Final = (
    STATUS,
    MANIFEST,
    "config.jsonnet",
    "config.json",
    "environment.json",
    "data.json",
    "metrics.json",
    "predictions",
    EVALUATIONS,
    "model",
    "dictionary.parquet",
    "dictionaries",
    "files",
    "inference.json",
    "tracking",
    "progress.json",
    CHECKPOINTS,
    LOG,
)
"All that a run may leave."

_WITH_OWN_FILES: Final = ("predictions", EVALUATIONS, "dictionaries", "files", CHECKPOINTS)
"Folders whose files are written one by one."

AGAIN: Final = "copy the whole folder again, or replace the run: spanreg train --force"
"Hint of errors over damaged files of a run."


class RunFolder:
    """Names what lies in a run folder, and reads its state.

    ``RunFolder(Path("run")).status()``

    ================= =======================================================================================
    ``status.json``   running, finished, failed or interrupted; without ``finished`` the folder is not loaded
    ``manifest.json`` size and SHA-256 of every file that is read from a finished run
    ``config.jsonnet`` the config as given; missing for a run that was started from Python
    ``config.json``   the config as resolved
    ``environment.json`` versions, code, command, seed; of every session, where the run was stopped between
    ``data.json``     splits: examples, fingerprints, span statistics
    ``metrics.json``  figures of every evaluated split, history, speed, parameters
    ``predictions/``  one JSON line an example, one file a split
    ``evaluations/``  the predictions of every evaluation, one a line; one file a split and step
    ``model/``        weights (safetensors), model config, tokenizer, and a manifest of its own
    ``dictionary.parquet`` the dictionary, where the config has one (``dictionaries/``: a segmenter's own)
    ``files/``        files of a segmenter, such as that of ``gold``
    ``inference.json`` task, segmenter and limits: what prediction needs beside the model
    ``checkpoints/``  one folder a step, from which a stopped run resumes; finished, what ``keep`` asks for
    ``tracking/``     what the callbacks ``tensorboard``, ``mlflow`` and ``wandb`` write
    ``progress.json`` step, number of steps and loss, of a study's run, while it is made
    ``train.log``     the log
    ================= =======================================================================================

    Every file, and every checkpoint, appears whole or not at all.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.model = path / "model"
        self.dictionary = path / "dictionary.parquet"
        self.predictions = path / "predictions"
        self.checkpoints = Checkpoints(path / CHECKPOINTS)

    def predictions_of(self, split: str) -> Path:
        """Return the file with the predictions of a split.

        Raises:
            ConfigurationError: the split has a name that no file can have.
        """
        return self.predictions / f"{path_component(split, 'split')}.jsonl"

    def evaluation_of(self, split: str, step: int) -> Path:
        """Return the file with the predictions of a split that the evaluation after a step made.

        Raises:
            ConfigurationError: the split has a name that no file can have.
        """
        return self.path / EVALUATIONS / f"{path_component(split, 'split')}.{step}{EVALUATION_SUFFIXES[0]}"

    def read(self, name: str) -> dict[str, Any]:
        """Return the object in the JSON file ``name``.

        Raises:
            DamagedFileError: it is missing or damaged.
        """
        return read_object(self.path / f"{name}.json", AGAIN)

    def config(self) -> Mapping[str, Any]:
        """Return the resolved config of the run.

        Raises:
            DamagedFileError: it is missing or damaged.
        """
        return self.read("config")

    def status(self) -> dict[str, Any] | None:
        """Return what ``status.json`` says; None where there is none, or one that is not a run's."""
        try:
            status = read_object(self.path / STATUS)
        except DamagedFileError:
            return None
        status.pop(SEAL, None)
        return status if status.get("state") in get_args(State) else None

    def leftovers(self) -> list[Path]:
        """Return the temporary files and folders of writers of this run, killed ones or at work."""
        own = tuple(f".{name}." for name in PARTS)
        found = [entry for entry in leftovers(self.path) if entry.name.startswith(own)]
        return found + [entry for name in _WITH_OWN_FILES for entry in leftovers(self.path / name)]

    def has_damaged_status(self) -> bool:
        """Return whether this is the folder of a run whose state cannot be read."""
        is_run = any((self.path / name).exists() for name in (LOCK, MANIFEST))
        return is_run and (self.path / STATUS).exists() and self.status() is None

    def ending(self) -> str:
        """Return what became of an unfinished run; one that still says ``running`` may have been killed."""
        status = self.status() or {}
        if status.get("state") == "running":
            return "is still running" if is_locked(self.path / LOCK) else "was killed"
        if status.get("state") == "interrupted":
            return "was interrupted"
        return f"failed ({status.get('problem', 'no reason given')})"

    def require_whole_status(self) -> None:
        """Verify the state of a finished run.

        Raises:
            DamagedFileError: it is not as it was written, or the manifest that it promises is missing or is not one.
        """
        path = self.path / STATUS
        found = read_object(path, AGAIN)
        status = unsealed(found, path, AGAIN)
        manifest = self.path / MANIFEST
        if "manifest" in status and read_manifest(self.path, AGAIN) is None:
            raise damaged(manifest, "it is not a manifest" if manifest.exists() else "is missing", AGAIN)
        if SEAL not in found and manifest.exists():
            raise damaged(path, "its SHA-256 is missing", AGAIN)
