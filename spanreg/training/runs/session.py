"""The life of a run that is being written: started, resumed or replaced, and finished or failed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from spanreg.registry import ConfigurationError
from spanreg.registry.faults import fault_of
from spanreg.storage import (
    NotWritableError,
    files_below,
    locked,
    read_manifest,
    record_files,
    remove_folder,
    remove_leftovers,
    replace_files,
    temporary_folder,
    write_json,
    write_manifest,
    write_sealed,
)
from spanreg.training.config.forms.current import resolved_config
from spanreg.training.config.forms.upgrades import FORM, SCHEMA
from spanreg.training.loop.checkpoints import Checkpoint
from spanreg.training.runs.layout import (
    CHECKPOINTS,
    EVALUATIONS,
    LOCK,
    LOG,
    PARTS,
    RESOLVED,
    STATUS,
    UNSEALED,
    WEIGHTS,
    RunFolder,
    StateName,
)
from spanreg.training.runs.reader import RunReader

logger = logging.getLogger(__name__)

_RESUMED_FROM = ("config.jsonnet", "environment.json", "data.json", "tracking", EVALUATIONS, CHECKPOINTS)
"Parts of an earlier session that a resumed run reads or continues."


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """The decision on the run that is already in a folder; by default there is none.

    ``EarlierRun(is_spared=True)``
    """

    checkpoint: Checkpoint | None = None
    "Where it is resumed; None: the new run starts from the beginning."
    is_complete: bool = False
    "It is finished, and there is nothing to do."
    is_spared: bool = False
    "It stays whole until ``RunSession.make_way``, when the new run has read all that it needs."


class RunSession(RunFolder):
    """A run folder that this process writes; ``claim_run`` returns one.

    At every moment the folder holds a run that can be resumed from its checkpoints, or that has none: state and config
    are replaced, never removed, and a checkpoint is removed as a whole.

    ``with claim_run(Path("run"), config) as session: session.write("metrics", metrics)``

    Parameters:
        path: the folder.
        earlier: what becomes of the run that is there.
    """

    def __init__(self, path: Path, earlier: EarlierRun | None = None) -> None:
        super().__init__(path)
        self.take_over(earlier or EarlierRun())
        self._replaced_earlier = False
        self._training_started = False
        self._kept: Collection[int] = ()

    def take_over(self, earlier: EarlierRun) -> None:
        """Set what becomes of the run that is there, before anything is written."""
        self.earlier = earlier
        self._spares_earlier = earlier.is_spared

    @property
    def checkpoint(self) -> Checkpoint | None:
        """The checkpoint from which the run resumes; None for one that starts from the beginning."""
        return self.earlier.checkpoint

    @property
    def is_complete(self) -> bool:
        """True if the run is finished already."""
        return self.earlier.is_complete

    @property
    def spares_earlier(self) -> bool:
        """True while an earlier run, which this one replaces, is still there."""
        return self._spares_earlier

    @property
    def resumed(self) -> bool:
        """True if the run continues an earlier one."""
        return self.checkpoint is not None

    def write(self, name: str, value: Any) -> None:
        """Write the JSON file ``name``."""
        write_json(self.path / f"{name}.json", value)

    def mark(self, state: StateName, **facts: Any) -> None:
        """Write the state and its time."""
        known = (self.status() or {}) if state != "running" or self.resumed else {}
        # How the earlier session ended, which no longer holds.
        for name in ("ended", "problem", "manifest", CHECKPOINTS) if state == "running" else ():
            known.pop(name, None)
        key = "ended" if state != "running" else "resumed" if self.resumed else "started"
        now = datetime.now(UTC).isoformat(timespec="seconds")
        write_sealed(self.path / STATUS, {**known, "state": state, key: now, **facts})

    def begin(self, config: Mapping[str, Any]) -> None:
        """Write config and state, and remove what an earlier run left except what this one resumes from."""
        if self.status() is not None:
            self.mark("running")  # first: the folder must not look finished while its parts are removed
        if not self.resumed:
            remove_folder(self.checkpoints.folder)
        # Beside the config, whose keys decide the id of the run and whether it can be resumed.
        resolved = resolved_config(config) or {FORM: {"schema": SCHEMA}}
        self.write(RESOLVED.removesuffix(".json"), resolved)
        self.write("config", config)
        if self.status() is None:
            self.mark("running")
        self.clear(but=(STATUS, "config.json", RESOLVED, LOG, *(_RESUMED_FROM if self.resumed else ())))

    def make_way(self, config: Mapping[str, Any]) -> None:
        """Replace the earlier run that was spared until now; call it when nothing else can be wrong."""
        if self._spares_earlier:
            self._spares_earlier, self._replaced_earlier = False, True
            self.begin(config)

    def start_training(self) -> None:
        """Record that weights change from here on: a run that fails now keeps its folder."""
        self._training_started = True

    def keep_checkpoints(self, steps: Collection[int]) -> None:
        """Set the steps whose checkpoints a finished run keeps; default: none."""
        self._kept = steps

    def finish(self) -> None:
        """Write the manifest, then the state, then remove the checkpoints that the run does not keep."""
        sealed = files_below(self.path, keep=lambda name: _part(name) in PARTS and _part(name) not in UNSEALED)
        # In this order: a run that looks finished has a manifest, and one that does not still has its checkpoints.
        write_manifest(self.path, record_files(self.path, sealed))
        self.mark("finished", manifest=True, checkpoints=sorted(self._kept))
        self.checkpoints.prune(self._kept)

    def fail(self, error: BaseException, *, is_new: bool) -> None:
        """Record an error that ended the run, unless an earlier run is still spared.

        A user's mistake (in the config, or in a component of theirs) that shows before training leaves nothing behind.

        Args:
            error: what ended the run.
            is_new: whether the folder did not exist before this run.
        """
        if self._spares_earlier:
            return
        if isinstance(error, KeyboardInterrupt | SystemExit):
            self.mark("interrupted")
            return
        mistake = error if isinstance(error, ConfigurationError) else isinstance(error, Exception) and fault_of(error)
        if not mistake:
            self._mark_failed(f"{type(error).__name__}: {error}")
        elif self._training_started or self.resumed or self._replaced_earlier:
            self._mark_failed(str(mistake))
        elif is_new:
            remove_folder(self.path)
        else:
            self.clear()

    def _mark_failed(self, problem: str) -> None:
        try:
            self.mark("failed", problem=problem)
        except ConfigurationError as error:
            # The disk may be full; that error must not hide the one that ended the run.
            logger.warning("%s", error)

    def clear(self, *, but: Collection[str] = ()) -> None:
        """Remove a run's files.

        Args:
            but: names that stay.
        """
        # PARTS begins with the state, so that the folder never looks finished while its parts are removed.
        for name in (name for name in PARTS if name not in but):
            entry = self.path / name
            if entry.is_dir():
                remove_folder(entry)
            else:
                entry.unlink(missing_ok=True)
        remove_leftovers(self.leftovers())


def add_evaluation(
    folder: RunReader, split: str, figures: Mapping[str, float], write_predictions: Callable[[Path], None]
) -> None:
    """Add figures and predictions of a split to a finished run; both appear, or neither.

    Args:
        folder: the run.
        split: the split.
        figures: its figures, by name.
        write_predictions: writes its predictions to a file.

    Raises:
        NotWritableError: the folder is not writable.
    """
    with locked(folder.path / LOCK):
        # Read within the lock: another process may have added a split.
        metrics = folder.read("metrics")
        metrics["splits"][split] = dict(figures)
        with temporary_folder(folder.predictions) as staged:
            predictions = folder.predictions_of(split)
            write_predictions(staged / predictions.relative_to(folder.path))
            write_json(staged / "metrics.json", metrics)
            replace_files(folder.path, staged)


def discard_weights(path: Path, reason: str = "") -> None:
    """Remove model and checkpoints of a run of which only the figures are needed, and their records in its manifest.

    Args:
        path: the run folder.
        reason: why they are not kept; recorded in the state of a finished run.
    """
    discarded = ("model", CHECKPOINTS)
    status = RunFolder(path).status()
    if reason and status is not None:
        # First: from here on, a missing model is no damage.
        write_sealed(path / STATUS, {**status, WEIGHTS: reason, CHECKPOINTS: []})
    manifest = read_manifest(path)
    if manifest is not None:
        # Before the files: a manifest must never list a file that is not there.
        write_manifest(path, {name: record for name, record in manifest.files.items() if _part(name) not in discarded})
    for name in discarded:
        remove_folder(path / name)
    remove_leftovers(RunFolder(path).leftovers())


def tidy(folder: RunFolder) -> None:
    """Remove what killed processes left in the folder of a finished run.

    These are temporary files, and checkpoints that the run does not keep. A folder that another process uses, or that
    is not writable, stays as it is.
    """
    there = folder.checkpoints.steps()
    # Runs of earlier versions did not record which checkpoints they keep: all stay.
    kept = (folder.status() or {}).get(CHECKPOINTS, there)
    surplus = set(there).difference(kept)
    if not surplus and not folder.leftovers():
        return
    try:
        # Listed again under the lock, when no other process writes.
        with locked(folder.path / LOCK, wait=False):
            remove_leftovers(folder.leftovers())
            if surplus:
                folder.checkpoints.prune(kept)
    except (BlockingIOError, NotWritableError):
        return


def _part(name: str) -> str:
    """Return the part of a run, one of ``PARTS``, that a file of its manifest belongs to."""
    return name.partition("/")[0]
