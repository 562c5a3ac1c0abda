"""The folder that a run leaves behind, and who may write into it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from spanreg.registry import ConfigurationError, Problem
from spanreg.storage import locked, remove_folder, remove_leftovers, write_json
from spanreg.training.differences import differing_keys

State = Literal["running", "finished", "failed", "interrupted"]

_LOCK = ".lock"
_LOG = "train.log"
_STATUS = "status.json"
_OURS = (
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
    _LOG,
)
_MOST_KEYS = 20


class RunFolder:
    """Names and states of what lies in a run folder.

    ================= =======================================================================================
    ``status.json``   running, finished, failed or interrupted; without ``finished`` the folder is not loaded
    ``config.jsonnet`` the config as given; missing for a run that was started from Python
    ``config.json``   the config as resolved
    ``environment.json`` versions, code, command, seed
    ``data.json``     splits: examples, fingerprints, span statistics
    ``metrics.json``  figures of every evaluated split, history, speed, parameters
    ``predictions/``  one JSON line an example, one file a split
    ``model/``        weights (safetensors), model config, tokenizer
    ``dictionary.parquet`` the dictionary, where the config has one (``dictionaries/``: a segmenter's own)
    ``files/``        files of a segmenter, such as that of ``gold``
    ``inference.json`` task, segmenter and limits: what prediction needs beside the model
    ``tracking/``     what the callbacks ``tensorboard``, ``mlflow`` and ``wandb`` write
    ``progress.json`` step, number of steps and loss, of a study's run, while it is made
    ``train.log``     the log
    ================= =======================================================================================

    Every file appears whole or not at all.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.model = path / "model"
        self.dictionary = path / "dictionary.parquet"
        self.predictions = path / "predictions"
        self.training_began = False

    def read(self, name: str) -> Any:
        """The JSON file ``name``."""
        return json.loads((self.path / f"{name}.json").read_text(encoding="utf-8"))

    def write(self, name: str, value: Any) -> None:
        """Writes the JSON file ``name``."""
        write_json(self.path / f"{name}.json", value)

    def status(self) -> dict[str, Any] | None:
        """What ``status.json`` says; None where there is none, or one that is not a run's."""
        try:
            status = self.read("status")
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return None
        return status if isinstance(status, dict) and status.get("state") in get_args(State) else None

    def mark(self, state: State, **facts: Any) -> None:
        """Writes the state and its time."""
        status = self.status() if state != "running" else None
        key = "started" if state == "running" else "ended"
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self.write("status", {**(status or {}), "state": state, key: now, **facts})


@contextmanager
def claim_run(path: Path, config: Mapping[str, Any], *, force: bool = False) -> Iterator[RunFolder]:
    """Makes a folder ready for a run and holds it until the block ends; what happened there is in its status.

    An unfinished run of the same config starts again. A mistake that shows before training began leaves nothing behind.

    Args:
        path: the folder; missing folders above are made.
        config: the resolved config.
        force: throw away a run that is there, whatever its config. Only ever a run: never a foreign folder.

    Raises:
        ConfigurationError: the folder is in use, is foreign, or has a finished run or one of another config.
    """
    folder = RunFolder(path)
    _refuse_foreign(folder)
    fresh = not path.exists()
    with ExitStack() as held:
        try:
            held.enter_context(locked(path / _LOCK, wait=False))
        except BlockingIOError:
            raise ConfigurationError(
                f"another process is training into {path}", hint="wait for it, or name another folder with -s"
            ) from None
        if not force:
            _refuse_other_run(folder, config)
        _clear(folder)
        folder.write("config", config)
        folder.mark("running")
        held.enter_context(_log_file(path / _LOG))
        held.enter_context(_recorded(folder, fresh))
        yield folder


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
        raise ConfigurationError(
            f"the run in {path} is not finished: it {_ending(folder, status)}", hint="train it again"
        )
    return folder


def _ending(folder: RunFolder, status: Mapping[str, Any]) -> str:
    """What became of an unfinished run; one that still says ``running`` may have been killed."""
    if status["state"] == "running":
        try:
            with locked(folder.path / _LOCK, wait=False):
                return "was killed"
        except BlockingIOError:
            return "is still running"
    return (
        "was interrupted"
        if status["state"] == "interrupted"
        else f"failed ({status.get('problem', 'no reason given')})"
    )


def _refuse_foreign(folder: RunFolder) -> None:
    path = folder.path
    if path.exists() and not path.is_dir():
        raise ConfigurationError(f"{path} is a file", hint="name a folder with -s")
    if path.is_dir() and folder.status() is None and not _is_begun([entry.name for entry in path.iterdir()]):
        raise ConfigurationError(
            f"{path} has files in it that are not a run's", hint="name a new or an empty folder with -s"
        )


def _is_begun(names: Sequence[str]) -> bool:
    """Whether files without a status can be what a run killed in its first moments left, or there are none."""
    # A run makes its lock before anything else; without one, a 'model' or a 'config.json' is somebody else's.
    return not names or (_LOCK in names and all(name in (_LOCK, *_OURS) or _is_partial(name) for name in names))


def _is_partial(name: str) -> bool:
    return name.startswith(".") and name.endswith(".part")


def _refuse_other_run(folder: RunFolder, config: Mapping[str, Any]) -> None:
    status = folder.status()
    if status is None:
        return
    differing = differing_keys(_config_there(folder), config)
    if differing:
        hint = "name another folder with -s, or replace the run with --force"
        more = [f"and {len(differing) - _MOST_KEYS} more"] if len(differing) > _MOST_KEYS else []
        raise ConfigurationError(
            [
                Problem(f"{folder.path} has a run of another config; the keys that differ, there -> here", hint=hint),
                *(Problem(line) for line in [*differing[:_MOST_KEYS], *more]),
            ]
        )
    if status["state"] == "finished":
        raise ConfigurationError(
            f"the run in {folder.path} is finished, with this very config",
            hint="'spanreg evaluate' shows its figures; --force trains it again",
        )


def _config_there(folder: RunFolder) -> Mapping[str, Any]:
    try:
        config: Mapping[str, Any] = folder.read("config")
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"the run in {folder.path} is damaged: its config.json cannot be read",
            hint="name another folder with -s, or replace the run with --force",
        ) from error
    return config


def _clear(folder: RunFolder) -> None:
    """Removes an earlier run, its status first of all, so that no moment shows a finished run without its parts."""
    for name in _OURS:
        entry = folder.path / name
        if entry.is_dir():
            remove_folder(entry)
        else:
            entry.unlink(missing_ok=True)
        remove_leftovers(entry)


@contextmanager
def _recorded(folder: RunFolder, fresh: bool) -> Iterator[None]:
    """Writes into the status how the block ended."""
    try:
        yield
    except ConfigurationError as error:
        if folder.training_began:
            folder.mark("failed", problem=str(error))
        elif fresh:
            remove_folder(folder.path)
        else:
            _clear(folder)
        raise
    except (KeyboardInterrupt, SystemExit):
        folder.mark("interrupted")
        raise
    except BaseException as error:
        folder.mark("failed", problem=f"{type(error).__name__}: {error}")
        raise
    folder.mark("finished")


@contextmanager
def _log_file(path: Path) -> Iterator[None]:
    """Copies what the package logs into a file while the block runs."""
    package = logging.getLogger("spanreg")
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    level = package.level
    package.addHandler(handler)
    package.setLevel(min(level or logging.INFO, logging.INFO))
    try:
        yield
    finally:
        package.removeHandler(handler)
        package.setLevel(level)
        handler.close()
