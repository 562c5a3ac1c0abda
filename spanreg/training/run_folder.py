"""The folder that a run leaves behind."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal, get_args

from spanreg.registry import ConfigurationError
from spanreg.storage import is_locked, remove_folder, remove_leftovers, write_json
from spanreg.training.checkpoints import Checkpoints

State = Literal["running", "finished", "failed", "interrupted"]

LOCK: Final = ".lock"
LOG: Final = "train.log"
CHECKPOINTS: Final = "checkpoints"
_STATUS = "status.json"
PARTS: Final = (
    _STATUS,
    "config.jsonnet",
    "config.json",
    "environment.json",
    "data.json",
    "metrics.json",
    "predictions",
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
"All that a run may leave, the status first."


class RunFolder:
    """Names and states of what lies in a run folder.

    ================= =======================================================================================
    ``status.json``   running, finished, failed or interrupted; without ``finished`` the folder is not loaded
    ``config.jsonnet`` the config as given; missing for a run that was started from Python
    ``config.json``   the config as resolved
    ``environment.json`` versions, code, command, seed; of every session, where the run was stopped between
    ``data.json``     splits: examples, fingerprints, span statistics
    ``metrics.json``  figures of every evaluated split, history, speed, parameters
    ``predictions/``  one JSON line an example, one file a split
    ``model/``        weights (safetensors), model config, tokenizer
    ``dictionary.parquet`` the dictionary, where the config has one (``dictionaries/``: a segmenter's own)
    ``files/``        files of a segmenter, such as that of ``gold``
    ``inference.json`` task, segmenter and limits: what prediction needs beside the model
    ``checkpoints/``  one folder a step, from which ``train --resume`` goes on; finished, what ``keep`` asks for
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
        self.training_began = False
        self.resumed = False
        "Whether a run that was there is taken up again."
        self.spared = False
        "Whether a finished run is there still, which gives way only when all that the new one needs has been read."
        self.kept: Collection[int] = ()
        "Steps whose checkpoints stay when the run is finished."

    def read(self, name: str) -> Any:
        """What the JSON file ``name`` says, an object.

        Raises:
            ConfigurationError: it is missing or damaged.
        """
        try:
            found = self._load(name)
        except FileNotFoundError:
            found, problem = None, "is missing"
        except (OSError, ValueError):
            found, problem = None, "cannot be read"
        else:
            problem = "is no object"
        if not isinstance(found, dict):
            raise ConfigurationError(
                f"the run in {self.path} is damaged: its {name}.json {problem}",
                hint="name another folder, or replace the run: spanreg train --force",
            )
        return found

    def _load(self, name: str) -> Any:
        return json.loads((self.path / f"{name}.json").read_text(encoding="utf-8"))

    def write(self, name: str, value: Any) -> None:
        """Writes the JSON file ``name``."""
        write_json(self.path / f"{name}.json", value)

    def status(self) -> dict[str, Any] | None:
        """What ``status.json`` says; None where there is none, or one that is not a run's."""
        try:
            status = self._load("status")
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return None
        return status if isinstance(status, dict) and status.get("state") in get_args(State) else None

    def config(self) -> Mapping[str, Any]:
        """The config of the run that is there.

        Raises:
            ConfigurationError: it cannot be read.
        """
        config: Mapping[str, Any] = self.read("config")
        return config

    def mark(self, state: State, **facts: Any) -> None:
        """Writes the state and its time."""
        known = (self.status() or {}) if state != "running" or self.resumed else {}
        for name in ("ended", "problem") if state == "running" else ():
            known.pop(name, None)
        key = "ended" if state != "running" else "resumed" if self.resumed else "started"
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self.write("status", {**known, "state": state, key: now, **facts})

    def clear(self, *, but: Collection[str] = ()) -> None:
        """Removes a run's files, its status first, so that no moment shows a finished run without its parts."""
        for name in (name for name in PARTS if name not in but):
            entry = self.path / name
            if entry.is_dir():
                remove_folder(entry)
            else:
                entry.unlink(missing_ok=True)
        for name in PARTS:
            remove_leftovers(self.path / name)
        self.checkpoints.remove_leftovers()


def finished_run(path: Path) -> RunFolder:
    """A folder with a finished run in it.

    Raises:
        ConfigurationError: there is no folder, it is not a run's, or the run is not finished.
    """
    folder = RunFolder(path)
    if not path.is_dir():
        raise ConfigurationError(f"there is no folder {path}", hint="name a folder that 'spanreg train' wrote")
    status = folder.status()
    if status is None:
        raise ConfigurationError(
            f"{path} is not a run folder: it has no {_STATUS}", hint="name a folder that 'spanreg train' wrote"
        )
    if status["state"] != "finished":
        hint = "go on with 'spanreg train --resume'" if folder.checkpoints.steps() else "train it again"
        raise ConfigurationError(f"the run in {path} is not finished: it {_ending(folder, status)}", hint=hint)
    return folder


def _ending(folder: RunFolder, status: Mapping[str, Any]) -> str:
    """What became of an unfinished run; one that still says ``running`` may have been killed."""
    if status["state"] == "running":
        return "is still running" if is_locked(folder.path / LOCK) else "was killed"
    if status["state"] == "interrupted":
        return "was interrupted"
    return f"failed ({status.get('problem', 'no reason given')})"
