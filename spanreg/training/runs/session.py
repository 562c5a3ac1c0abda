"""The life of a run that is being written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from spanreg.storage import (
    NotWritableError,
    files_below,
    locked,
    read_manifest,
    record_files,
    remove_folder,
    remove_leftovers,
    write_json,
    write_manifest,
    write_sealed,
)
from spanreg.training.loop.checkpoints import Checkpoint
from spanreg.training.runs.layout import CHECKPOINTS, EVALUATIONS, LOCK, LOG, PARTS, STATUS, UNSEALED, RunFolder, State

_RESUMED_FROM = ("config.jsonnet", "environment.json", "data.json", "tracking", EVALUATIONS, CHECKPOINTS)


class RunSession(RunFolder):
    """A run folder that this process writes; ``claim_run`` makes one.

    At every moment the folder holds a run that can be resumed from its checkpoints, or that has none: the state and the
    config are replaced, never removed, and checkpoints disappear at once.

    Parameters:
        path: the folder.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.checkpoint: Checkpoint | None = None
        "Where the run resumes; None for one that starts from the beginning."
        self.is_complete = False
        "Whether the run is finished already, and there is nothing to do."
        self.spares_earlier = False
        "Whether an earlier run is still there, which is removed only when all that this one needs has been read."
        self.replaced_earlier = False
        self.training_began = False
        self.kept: Collection[int] = ()
        "Steps whose checkpoints stay when the run is finished."

    @property
    def resumed(self) -> bool:
        """Whether the run continues an earlier one."""
        return self.checkpoint is not None

    def write(self, name: str, value: Any) -> None:
        """Write the JSON file ``name``."""
        write_json(self.path / f"{name}.json", value)

    def mark(self, state: State, **facts: Any) -> None:
        """Write the state and its time."""
        known = (self.status() or {}) if state != "running" or self.resumed else {}
        for name in ("ended", "problem", "manifest", CHECKPOINTS) if state == "running" else ():
            known.pop(name, None)
        key = "ended" if state != "running" else "resumed" if self.resumed else "started"
        now = datetime.now(UTC).isoformat(timespec="seconds")
        write_sealed(self.path / STATUS, {**known, "state": state, key: now, **facts})

    def begin(self, config: Mapping[str, Any]) -> None:
        """Write config and state, and remove what an earlier run left except what this one resumes from."""
        if self.status() is not None:
            self.mark("running")  # never finished from here on, whatever is removed next
        if not self.resumed:
            remove_folder(self.checkpoints.folder)
        self.write("config", config)
        if self.status() is None:
            self.mark("running")
        self.clear(but=(STATUS, "config.json", LOG, *(_RESUMED_FROM if self.resumed else ())))

    def make_way(self, config: Mapping[str, Any]) -> None:
        """Replace the earlier run that has been spared until now; to be called when nothing else can be wrong."""
        if self.spares_earlier:
            self.spares_earlier, self.replaced_earlier = False, True
            self.begin(config)

    def finish(self) -> None:
        """Write the manifest, then the state, then remove the checkpoints that are not to be kept."""
        sealed = files_below(self.path, keep=lambda name: _part(name) in PARTS and _part(name) not in UNSEALED)
        write_manifest(self.path, record_files(self.path, sealed))
        self.mark("finished", manifest=True, checkpoints=sorted(self.kept))
        self.checkpoints.prune(self.kept)

    def clear(self, *, but: Collection[str] = ()) -> None:
        """Remove a run's files, its state first, so that no moment shows a finished run without its parts."""
        for name in (name for name in PARTS if name not in but):
            entry = self.path / name
            if entry.is_dir():
                remove_folder(entry)
            else:
                entry.unlink(missing_ok=True)
        remove_leftovers(self.leftovers())


def discard_weights(path: Path) -> None:
    """Remove model and checkpoints of a run whose figures alone are wanted, after their records in its manifest."""
    discarded = ("model", CHECKPOINTS)
    manifest = read_manifest(path)
    if manifest is not None:
        write_manifest(path, {name: record for name, record in manifest.files.items() if _part(name) not in discarded})
    for name in discarded:
        remove_folder(path / name)
    remove_leftovers(RunFolder(path).leftovers())


def tidy(folder: RunFolder) -> None:
    """Remove what killed processes left in the folder of a finished run.

    These are temporary files, and checkpoints that the run did not mean to keep. A folder that another process uses, or
    that is not writable, is left as it is.
    """
    there = folder.checkpoints.steps()
    kept = (folder.status() or {}).get(CHECKPOINTS, there)
    surplus = set(there).difference(kept)
    if not surplus and not folder.leftovers():
        return
    try:
        with locked(folder.path / LOCK, wait=False):
            remove_leftovers(folder.leftovers())
            if surplus:
                folder.checkpoints.prune(kept)
    except (BlockingIOError, NotWritableError):
        return


def _part(name: str) -> str:
    return name.partition("/")[0]
