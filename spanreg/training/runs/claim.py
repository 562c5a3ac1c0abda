"""Lock a run folder; reject, resume, restart or replace the run that is there."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

from spanreg.registry import ConfigurationError
from spanreg.storage import (
    DamagedFileError,
    is_locked,
    locked,
    require_links_inside,
    require_makeable,
    require_text_path,
)
from spanreg.training.runs.layout import AGAIN, LOCK, LOG, PARTS, STATUS
from spanreg.training.runs.resuming import (
    chooses_best,
    is_longer,
    log_differences,
    require_checkpoint,
    require_same_config,
)
from spanreg.training.runs.session import EarlierRun, RunSession

logger = logging.getLogger(__name__)

ExistingRunPolicy = Literal["resume", "restart", "replace", "repair"]
"""What to do with a run that is already in the folder:

``resume``: it continues from its latest checkpoint; a finished one stays as it is. Its config must be the same.
``restart``: it starts from the beginning. Its config must be the same.
``replace``: a new run takes its place, even if its config differs.
``repair``: as ``resume``, but a damaged one starts from the beginning; for folders named by a hash.
"""


def require_claimable(path: Path, config: Mapping[str, Any], policy: ExistingRunPolicy = "resume") -> None:
    """Check that ``claim_run`` will accept a folder, without writing to it.

    Call it before data are read, which may take long.

    Args:
        path: the folder.
        config: the resolved config.
        policy: what to do with a run that is already in the folder.

    Raises:
        ConfigurationError: as ``claim_run``, which repeats the checks under its lock.
    """
    run = _run_in(path)
    if not path.exists():
        require_makeable(path)
    elif is_locked(path / LOCK):
        raise _in_use(path)
    # With these, a run of another config may be replaced.
    if policy not in ("replace", "repair") and _is_there(run):
        _require_same_run(run, config)
    if policy == "resume" and (run.status() or {}).get("state") == "finished" and is_longer(run.config(), config):
        require_checkpoint(run)


@contextmanager
def claim_run(path: Path, config: Mapping[str, Any], policy: ExistingRunPolicy = "resume") -> Iterator[RunSession]:
    """Lock a folder for a run until the block ends, and record in its status how it ended.

    A run that is there and is not resumed stays whole until ``RunSession.make_way``. A mistake that shows before
    training leaves nothing behind.

    Args:
        path: the folder; missing folders above are made.
        config: the resolved config.
        policy: what to do with a run that is already in the folder; other folders are never changed.

    Raises:
        ConfigurationError: the folder is in use or not a run's, has a run that ``policy`` rejects, or a link in it
            leads out of it.
    """
    run = _run_in(path)
    # Before the lock, which makes the folder.
    is_new = not path.exists()
    with ExitStack() as held:
        try:
            # An error instead of waiting, since the other training may take hours.
            held.enter_context(locked(path / LOCK, wait=False))
        except BlockingIOError:
            raise _in_use(path) from None
        # After the lock: another process may be writing its log here.
        held.enter_context(_log_file(path / LOG))
        run.take_over(_decide(run, config, policy))
        if run.is_complete:
            yield run
            return
        if not run.spares_earlier:
            run.begin(config)
        try:
            yield run
        except BaseException as error:
            # Also KeyboardInterrupt and SystemExit: the state must show that the run was interrupted.
            run.fail(error, is_new=is_new)
            raise
        run.finish()


def _run_in(path: Path) -> RunSession:
    """Return the session of a folder.

    Raises:
        ConfigurationError: the folder is not a run's, or a link in it leads out of it.
    """
    require_text_path(path)
    require_links_inside(path)
    run = RunSession(path)
    _reject_foreign(run)  # before the lock is made in it
    return run


def _in_use(path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"another process is training into {path}", hint="wait for it, or name another folder with -s"
    )


def _is_there(run: RunSession) -> bool:
    """Return whether a folder has a run."""
    return run.status() is not None or _is_resumable(run) or run.has_damaged_status()


def _is_resumable(run: RunSession) -> bool:
    """Return whether a folder has checkpoints of a run."""
    # A lost or damaged state costs nothing where there are checkpoints; it must not remove a finished run.
    return (run.path / "config.json").exists() and bool(run.checkpoints.steps())


def _require_same_run(run: RunSession, config: Mapping[str, Any]) -> None:
    """Check that a run is of a config.

    Raises:
        ConfigurationError: its config differs, or its state is damaged.
    """
    if run.status() is None and not _is_resumable(run):
        raise DamagedFileError(f"{run.path / STATUS} is damaged: it does not hold the state of a run", hint=AGAIN)
    require_same_config(run, config)


def _decide(run: RunSession, config: Mapping[str, Any], policy: ExistingRunPolicy) -> EarlierRun:
    """Return the decision on the run that is already in the folder.

    Raises:
        ConfigurationError: its config differs, or it is damaged.
    """
    if not _is_there(run):
        return EarlierRun()
    if policy == "replace":
        return EarlierRun(is_spared=True)
    try:
        _require_same_run(run, config)
        status = run.status()
        if policy == "restart":
            return EarlierRun(is_spared=True)
        if status is not None and status["state"] == "finished":
            return _continue_finished(run, config)
        return _resume(run, config)
    except ConfigurationError as error:
        if policy != "repair":
            raise
        logger.warning("%s", error)
        logger.warning("the run in %s is damaged and starts from the beginning", run.path)
        return EarlierRun(is_spared=True)


def _continue_finished(run: RunSession, config: Mapping[str, Any]) -> EarlierRun:
    """Keep a finished run as it is; continue it if the config asks for more steps."""
    run.require_whole_status()
    if not is_longer(run.config(), config):
        return EarlierRun(is_complete=True)
    require_checkpoint(run)
    checkpoint = run.checkpoints.latest(with_best=chooses_best(config))
    if checkpoint is None:
        raise ConfigurationError(f"no checkpoint of the run in {run.path} is whole", hint="train it again: --restart")
    log_differences(run, config)
    return EarlierRun(checkpoint, is_spared=True)


def _resume(run: RunSession, config: Mapping[str, Any]) -> EarlierRun:
    """Resume an unfinished run from its latest whole checkpoint; without one it starts from the beginning."""
    checkpoint = run.checkpoints.latest(with_best=chooses_best(config))
    if checkpoint is None:
        logger.warning("%s has no whole checkpoint: the run starts from the beginning", run.path)
        return EarlierRun(is_spared=True)
    for name in ("environment", "data"):
        if (run.path / f"{name}.json").exists():
            run.read(name)  # raises if it is damaged, before anything is prepared
    log_differences(run, config)
    logger.info("resuming from the checkpoint of step %d", checkpoint.step)
    return EarlierRun(checkpoint)


def _reject_foreign(run: RunSession) -> None:
    path = run.path
    if path.exists() and not path.is_dir():
        raise ConfigurationError(f"{path} is a file", hint="name a folder with -s")
    if not path.is_dir() or run.status() is not None or run.has_damaged_status():
        return
    if not _is_started([entry.name for entry in path.iterdir()]):
        raise ConfigurationError(
            f"{path} contains files that are not a run's", hint="name a new or an empty folder with -s"
        )


def _is_started(names: Sequence[str]) -> bool:
    """Return whether files without a state can be those of a run that was killed early, or there are none."""
    # A run writes its lock first; in a folder without one, a 'model' or a 'config.json' is not ours.
    return not names or (
        LOCK in names and all(name in (LOCK, *PARTS) or (name[0], name[-5:]) == (".", ".part") for name in names)
    )


class _LogFile(logging.FileHandler):
    """A log file whose own errors, such as a full disk, end no run."""

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError):  # the base class opens the file unguarded
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:
        """Drop the record: other files meet the same error, and raise it."""

    def close(self) -> None:
        with suppress(OSError):
            super().close()


@contextmanager
def _log_file(path: Path) -> Iterator[None]:
    """Copy what the package logs into a file within the block."""
    package = logging.getLogger("spanreg")
    # With a delay, so that a folder that is rejected gets no file.
    handler = _LogFile(path, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    level = package.level
    package.addHandler(handler)
    # The file has the steps even if the command shows warnings alone; a finer level that a user has set stays.
    package.setLevel(min(level or logging.INFO, logging.INFO))
    try:
        yield
    finally:
        package.removeHandler(handler)
        package.setLevel(level)
        handler.close()
