"""The layout of a run folder: the names of its files, and its state."""

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
    locked,
    read_manifest,
    read_object,
    require_file_name,
    unsealed,
)
from spanreg.storage.reading import SEAL
from spanreg.training.config.forms.upgrades import schema_of, upgraded
from spanreg.training.loop.checkpoints import CheckpointFolder

StateName = Literal["running", "finished", "failed", "interrupted"]

LOCK: Final = ".lock"
LOG: Final = "train.log"
CHECKPOINTS: Final = "checkpoints"
EVALUATIONS: Final = "evaluations"

EVALUATION_SUFFIXES: Final = (".txt", ".jsonl")
"Suffixes of evaluation files, the current one first; every ``*.jsonl`` in a run has the predictions of a split."
STATUS: Final = "status.json"
WEIGHTS: Final = "weights"
"Key of the state with the reason why the weights were removed."
RESOLVED: Final = "config.resolved.json"
PROGRESS: Final = "progress.json"
UNSEALED: Final = (STATUS, MANIFEST, "tracking", PROGRESS, CHECKPOINTS, LOG)
"Parts that the manifest of a run leaves out: they have checksums already, or nothing reads them."
PARTS: Final = (
    STATUS,
    MANIFEST,
    "config.jsonnet",
    "config.json",
    RESOLVED,
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
    PROGRESS,
    CHECKPOINTS,
    LOG,
)
"All names that a run may leave in its folder, the state first."

_WITH_OWN_FILES: Final = ("predictions", EVALUATIONS, "dictionaries", "files", CHECKPOINTS)
"Folders whose files are written one by one."

AGAIN: Final = "copy the whole folder again, or replace the run: spanreg train --force"
"Hint for damaged files of a run."


class RunFolder:
    """Names the files of a run folder, and reads its state.

    ``RunFolder(Path("run")).status()``

    ================= =======================================================================================
    ``status.json``   running, finished, failed or interrupted; only a finished run is loaded
    ``manifest.json`` size and SHA-256 of every file that is read from a finished run
    ``config.jsonnet`` the config file; missing for a run that was started from Python
    ``config.json``   the config with all overrides; the id of a run and resuming compare it
    ``config.resolved.json`` the same with every default, and the schema version
    ``environment.json`` versions, code, command, seed; one entry for each session of a resumed run
    ``data.json``     splits: examples, fingerprints, span statistics
    ``metrics.json``  metrics of every evaluated split, history, speed, parameters
    ``predictions/``  one file for each split, one JSON line for each example
    ``evaluations/``  predictions of every evaluation; one file for each split and step
    ``model/``        weights (safetensors), model config, tokenizer, and a manifest
    ``dictionary.parquet`` the dictionary, where the config has one (``dictionaries/``: a segmenter's own)
    ``files/``        files of a segmenter, such as ``gold``
    ``inference.json`` task, segmenter and limits, for predictions
    ``checkpoints/``  one folder for each step; a finished run has those of ``training.keep``
    ``tracking/``     what the callbacks ``tensorboard``, ``mlflow`` and ``wandb`` write
    ``progress.json`` step, number of steps and loss of a study's run
    ``train.log``     the log
    ================= =======================================================================================

    Every file, and every checkpoint, appears whole or not at all.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.model = path / "model"
        self.dictionary = path / "dictionary.parquet"
        self.predictions = path / "predictions"
        self.checkpoints = CheckpointFolder(path / CHECKPOINTS)

    def predictions_of(self, split: str) -> Path:
        """Return the file with the predictions of a split.

        Raises:
            ConfigurationError: the name of the split cannot be a file name.
        """
        return self.predictions / f"{require_file_name(split, 'split')}.jsonl"

    def evaluation_of(self, split: str, step: int) -> Path:
        """Return the file with the predictions of a split by the evaluation after a step.

        Raises:
            ConfigurationError: the name of the split cannot be a file name.
        """
        return self.path / EVALUATIONS / f"{require_file_name(split, 'split')}.{step}{EVALUATION_SUFFIXES[0]}"

    def read(self, name: str) -> dict[str, Any]:
        """Return the object in the JSON file ``name``.

        Raises:
            DamagedFileError: it is missing or damaged.
        """
        return read_object(self.path / f"{name}.json", AGAIN)

    def config(self) -> Mapping[str, Any]:
        """Return the config of the run, in the schema of this version.

        Raises:
            DamagedFileError: it is missing or damaged.
            ConfigurationError: a newer version wrote it.
        """
        config = self.read("config")
        # Runs of versions that did not write this file have the first schema.
        has_schema = (self.path / RESOLVED).exists()
        schema = schema_of(self.read(RESOLVED.removesuffix(".json")), str(self.path / RESOLVED)) if has_schema else 1
        return upgraded(config, schema, f"the run in {self.path}")

    @property
    def discarded_weights(self) -> str:
        """Why the weights of a finished run were removed; empty if they were not."""
        return str((self.status() or {}).get(WEIGHTS, ""))

    def status(self) -> dict[str, Any] | None:
        """Return the content of ``status.json``; None where it is missing or not a run's."""
        try:
            status = read_object(self.path / STATUS)
        except DamagedFileError:
            return None
        status.pop(SEAL, None)
        return status if status.get("state") in get_args(StateName) else None

    def leftovers(self) -> list[Path]:
        """Return the temporary files and folders of this run's writers, running or killed."""
        # Only ours: a user may keep other files in the folder.
        prefixes = tuple(f".{name}." for name in PARTS)
        found = [entry for entry in leftovers(self.path) if entry.name.startswith(prefixes)]
        return found + [entry for name in _WITH_OWN_FILES for entry in leftovers(self.path / name)]

    def has_damaged_status(self) -> bool:
        """Return whether this is the folder of a run whose state cannot be read."""
        is_run = any((self.path / name).exists() for name in (LOCK, MANIFEST))
        return is_run and (self.path / STATUS).exists() and self.status() is None

    def ending(self) -> str:
        """Return how an unfinished run ended: ``was killed``, for instance."""
        status = self.status() or {}
        if status.get("state") == "running":
            # A killed run could not change its state; only its lock is gone.
            return "is still running" if is_locked(self.path / LOCK) else "was killed"
        if status.get("state") == "interrupted":
            return "was interrupted"
        return f"failed ({status.get('problem', 'no reason given')})"

    def find_evaluation(self, split: str, step: int) -> Path | None:
        """Return the existing file of an evaluation, which earlier versions named otherwise; None if there is none."""
        path = self.evaluation_of(split, step)
        named = (path.with_suffix(suffix) for suffix in EVALUATION_SUFFIXES)
        return next((file for file in named if file.exists()), None)

    def wait_until_free(self) -> None:
        """Wait until no process writes this run."""
        if (self.path / LOCK).exists():
            with locked(self.path / LOCK):
                pass

    def require_whole_status(self) -> None:
        """Verify the state of a finished run.

        Raises:
            DamagedFileError: it differs from what was written, or its manifest is missing or damaged.
        """
        path = self.path / STATUS
        found = read_object(path, AGAIN)
        status = unsealed(found, path, AGAIN)
        manifest = self.path / MANIFEST
        if "manifest" in status and read_manifest(self.path, AGAIN) is None:
            raise damaged(manifest, "it is not a manifest" if manifest.exists() else "is missing", AGAIN)
        # Runs of earlier versions have neither; a run with a manifest had a checksum in its state.
        if SEAL not in found and manifest.exists():
            raise damaged(path, "its SHA-256 is missing", AGAIN)
