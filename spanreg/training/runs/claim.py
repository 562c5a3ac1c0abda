"""Lock a run folder; resume, restart, replace or reject the run that is there."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

from spanreg.registry import ConfigurationError
from spanreg.registry.faults import fault_of
from spanreg.storage import DamagedFileError, locked, remove_folder, require_no_way_out, require_text_path
from spanreg.training.runs.layout import AGAIN, LOCK, LOG, PARTS, STATUS
from spanreg.training.runs.resuming import (
    chooses_best,
    is_longer,
    log_differences,
    require_checkpoint,
    require_same_config,
)
from spanreg.training.runs.session import RunSession

logger = logging.getLogger(__name__)

Existing = Literal["resume", "restart", "replace", "repair"]
"""What becomes of a run that is there:

``resume``: it continues from its latest checkpoint; a finished one is left as it is. Its config must be the same.
``restart``: it starts from the beginning. Its config must be the same.
``replace``: it gives way, whatever its config and state.
``repair``: as ``resume``, but a damaged one starts from the beginning; for folders whose name says what they hold.
"""


@contextmanager
def claim_run(path: Path, config: Mapping[str, Any], existing: Existing = "resume") -> Iterator[RunSession]:
    """Hold a folder for a run until the block ends; what happened is then in its status.

    A run that is there and is not resumed stays whole until ``make_way``. A mistake that shows before training began
    leaves nothing behind.

    Args:
        path: the folder; missing folders above are made.
        config: the resolved config.
        existing: what becomes of a run that is there. Only ever a run: never a foreign folder.

    Raises:
        ConfigurationError: the folder is in use or foreign, has a run that ``existing`` rejects, or a link in it leads
            out of it.
    """
    require_text_path(path)
    require_no_way_out(path)
    run = RunSession(path)
    _reject_foreign(run)
    is_new = not path.exists()
    with ExitStack() as held:
        try:
            held.enter_context(locked(path / LOCK, wait=False))
        except BlockingIOError:
            raise ConfigurationError(
                f"another process is training into {path}", hint="wait for it, or name another folder with -s"
            ) from None
        held.enter_context(_log_file(path / LOG))
        _decide(run, config, existing)
        if run.is_complete:
            yield run
            return
        if not run.spares_earlier:
            run.begin(config)
        with _recorded(run, is_new):
            yield run


def _decide(run: RunSession, config: Mapping[str, Any], existing: Existing) -> None:
    """Set whether the run that is there is complete, is resumed, or is replaced in the end.

    Raises:
        ConfigurationError: it is neither.
    """
    status = run.status()
    # a lost or damaged state is no loss where there are checkpoints, and no reason to remove a finished run
    resumable = (run.path / "config.json").exists() and bool(run.checkpoints.steps())
    if status is None and not resumable and not run.has_damaged_status():
        return
    if existing == "replace":
        run.spares_earlier = True
        return
    try:
        if status is None and not resumable:
            raise DamagedFileError(f"{run.path / STATUS} is damaged: it does not hold the state of a run", hint=AGAIN)
        require_same_config(run, config)
        if existing == "restart":
            run.spares_earlier = True
        elif status is not None and status["state"] == "finished":
            _continue_finished(run, config)
        else:
            _resume(run, config)
    except ConfigurationError as error:
        if existing != "repair":
            raise
        logger.warning("%s", error)
        logger.warning("the run in %s is damaged and starts from the beginning", run.path)
        run.checkpoint, run.spares_earlier = None, True


def _continue_finished(run: RunSession, config: Mapping[str, Any]) -> None:
    """Leave a finished run as it is, unless it is to become longer."""
    run.require_whole_status()
    if not is_longer(run.config(), config):
        run.is_complete = True
        return
    require_checkpoint(run)
    run.checkpoint = run.checkpoints.latest(with_best=chooses_best(config))
    if run.checkpoint is None:
        raise ConfigurationError(f"no checkpoint of the run in {run.path} is whole", hint="train it again: --restart")
    log_differences(run, config)
    run.spares_earlier = True


def _resume(run: RunSession, config: Mapping[str, Any]) -> None:
    """Resume an unfinished run from its latest whole checkpoint; without one it starts from the beginning."""
    run.checkpoint = run.checkpoints.latest(with_best=chooses_best(config))
    if run.checkpoint is None:
        logger.warning("there is no whole checkpoint in %s: the run starts from the beginning", run.path)
        run.spares_earlier = True
        return
    for name in ("environment", "data"):
        if (run.path / f"{name}.json").exists():
            run.read(name)
    log_differences(run, config)
    logger.info("resuming from the checkpoint of step %d", run.checkpoint.step)


def _reject_foreign(run: RunSession) -> None:
    path = run.path
    if path.exists() and not path.is_dir():
        raise ConfigurationError(f"{path} is a file", hint="name a folder with -s")
    if not path.is_dir() or run.status() is not None or run.has_damaged_status():
        return
    if not _is_begun([entry.name for entry in path.iterdir()]):
        raise ConfigurationError(
            f"{path} has files in it that are not a run's", hint="name a new or an empty folder with -s"
        )


def _is_begun(names: Sequence[str]) -> bool:
    """Return whether files without a state can be what a run killed in its first moments left, or there are none."""
    # A run makes its lock before anything else; without one, a 'model' or a 'config.json' is somebody else's.
    return not names or (LOCK in names and all(name in (LOCK, *PARTS) or _is_partial(name) for name in names))


def _is_partial(name: str) -> bool:
    return name.startswith(".") and name.endswith(".part")


@contextmanager
def _recorded(run: RunSession, is_new: bool) -> Iterator[None]:
    """Write into the state how the block ended, unless an earlier run is still spared then."""
    try:
        yield
    except BaseException as error:
        if not run.spares_earlier:
            _record_failure(run, is_new, error)
        raise
    run.finish()


def _record_failure(run: RunSession, is_new: bool, error: BaseException) -> None:
    if isinstance(error, KeyboardInterrupt | SystemExit):
        run.mark("interrupted")
        return
    # A mistake of the user's: in the config, or in a component of theirs.
    mistake = error if isinstance(error, ConfigurationError) else isinstance(error, Exception) and fault_of(error)
    if not mistake:
        _mark_failed(run, f"{type(error).__name__}: {error}")
    elif run.training_began or run.resumed or run.replaced_earlier:
        _mark_failed(run, str(mistake))
    elif is_new:
        remove_folder(run.path)
    else:
        run.clear()


def _mark_failed(run: RunSession, problem: str) -> None:
    """Write that the run failed; also where the disk is full, whose error must not hide the first one."""
    try:
        run.mark("failed", problem=problem)
    except ConfigurationError as error:
        logger.warning("%s", error)


class _LogFile(logging.FileHandler):
    """A log file whose own errors, such as a full disk, end no run."""

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError):  # the base class opens the file unguarded
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:
        """Drop the record: what else is written meets the same error and raises it."""

    def close(self) -> None:
        with suppress(OSError):
            super().close()


@contextmanager
def _log_file(path: Path) -> Iterator[None]:
    """Copy what the package logs into a file while the block runs."""
    package = logging.getLogger("spanreg")
    handler = _LogFile(path, encoding="utf-8", delay=True)
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
