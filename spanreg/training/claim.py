"""Who may write into a run folder, and what becomes of a run that is there."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from spanreg.registry import ConfigurationError, Problem
from spanreg.storage import locked, remove_folder
from spanreg.training.differences import differing_keys
from spanreg.training.resuming import require_same_run, tell_of_differences
from spanreg.training.run_folder import CHECKPOINTS, LOCK, LOG, PARTS, RunFolder

logger = logging.getLogger(__name__)

_MOST_KEYS = 20


@contextmanager
def claim_run(
    path: Path, config: Mapping[str, Any], *, force: bool = False, resume: bool = False
) -> Iterator[RunFolder]:
    """Makes a folder ready for a run and holds it until the block ends; what happened there is in its status.

    An unfinished run of the same config starts again, or goes on. A finished one stays whole until ``make_way``. A
    mistake that shows before training began leaves nothing behind.

    Args:
        path: the folder; missing folders above are made.
        config: the resolved config.
        force: throw away a run that is there, whatever its config. Only ever a run: never a foreign folder.
        resume: take up a run that is there, with its checkpoints; without one, begin.

    Raises:
        ConfigurationError: the folder is in use, is foreign, or has a finished run or one of another config.
    """
    folder = RunFolder(path)
    _refuse_foreign(folder)
    fresh = not path.exists()
    with ExitStack() as held:
        try:
            held.enter_context(locked(path / LOCK, wait=False))
        except BlockingIOError:
            raise ConfigurationError(
                f"another process is training into {path}", hint="wait for it, or name another folder with -s"
            ) from None
        if resume and folder.status() is not None:
            held.enter_context(_log_file(path / LOG))
            require_same_run(folder, config)
            tell_of_differences(folder, config)
            folder.resumed = True
        elif not force:
            _refuse_other_run(folder, config)
        folder.spared = (folder.status() or {}).get("state") == "finished"
        if not folder.spared:
            _make_ready(folder, config)
        if not folder.resumed:
            held.enter_context(_log_file(path / LOG))
        held.enter_context(_recorded(folder, fresh))
        yield folder


def make_way(folder: RunFolder, config: Mapping[str, Any]) -> None:
    """Clears away a finished run that the new one takes the place of; to be called when nothing else can be wrong."""
    if folder.spared:
        folder.spared = False
        # the log is open, and has what was said while the data were read
        _make_ready(folder, config, but=(LOG,))


def _make_ready(folder: RunFolder, config: Mapping[str, Any], *, but: Collection[str] = ()) -> None:
    """Leaves the config and the state, and of a run that is taken up what it goes on from."""
    if folder.resumed:
        # never finished from here on, whatever is removed next
        folder.mark("running")
        folder.clear(
            but=("status.json", "config.jsonnet", "environment.json", "data.json", "tracking", CHECKPOINTS, LOG)
        )
    else:
        folder.clear(but=but)
    folder.write("config", config)
    if not folder.resumed:
        folder.mark("running")


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
    return not names or (LOCK in names and all(name in (LOCK, *PARTS) or _is_partial(name) for name in names))


def _is_partial(name: str) -> bool:
    return name.startswith(".") and name.endswith(".part")


def _refuse_other_run(folder: RunFolder, config: Mapping[str, Any]) -> None:
    status = folder.status()
    if status is None:
        return
    differing = differing_keys(folder.config(), config)
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
    if folder.checkpoints.steps():
        logger.warning("a run that was stopped is begun anew; --resume would have gone on with it")


@contextmanager
def _recorded(folder: RunFolder, fresh: bool) -> Iterator[None]:
    """Writes into the status how the block ended, unless a finished run has been spared until then."""
    try:
        yield
    except BaseException as error:
        if not folder.spared:
            _record_failure(folder, fresh, error)
        raise
    folder.mark("finished")
    folder.checkpoints.prune(folder.kept)


def _record_failure(folder: RunFolder, fresh: bool, error: BaseException) -> None:
    if isinstance(error, KeyboardInterrupt | SystemExit):
        folder.mark("interrupted")
    elif not isinstance(error, ConfigurationError):
        _mark_failed(folder, f"{type(error).__name__}: {error}")
    elif folder.training_began or folder.resumed:
        _mark_failed(folder, str(error))
    elif fresh:
        remove_folder(folder.path)
    else:
        folder.clear()


def _mark_failed(folder: RunFolder, problem: str) -> None:
    """Also where the disk is full, whose error must not hide the first one."""
    try:
        folder.mark("failed", problem=problem)
    except ConfigurationError as error:
        logger.warning("%s", error)


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
