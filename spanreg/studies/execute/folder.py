"""The folder of a study: the one place that reads it, and the one that writes it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, cast

from spanreg.registry import ConfigurationError
from spanreg.storage import (
    damaged,
    leftovers,
    locked,
    read_object,
    read_sealed,
    remove_leftovers,
    require_file_name,
    require_links_inside,
    shape_fault,
    unsealed,
    write_sealed,
)
from spanreg.studies.execute.record import (
    FORMAT,
    PackedText,
    PlannedRun,
    SearchRecord,
    StudyRecord,
    TuningRecord,
    TuningsRecord,
    contradiction_in,
    record_from,
)
from spanreg.training.runs.layout import STATUS
from spanreg.training.runs.reader import RunReader

SEARCH: Final = "search"
"Folder of the trials of a search."
PLAN: Final = "plan.json"
TRIALS: Final = "trials.json"
"The result of a search, in its folder."
REGISTRATION: Final = "registration.json"
"The plan as it was registered before the runs."
TUNED: Final = "tuned.json"
"The results of the searches for each arm, in the folder of the search."

REPEAT_RUN: Final = "remove that run's folder; 'spanreg study run' then repeats the run"
"Hint of errors over the files of a run."

_REPEAT: Final = "remove it and call 'spanreg study run' again, which finds the finished runs"
SEARCH_AGAIN: Final = "remove it, and search again: the trials are kept"
"Hint of errors over the result of a search."
_LOCK: Final = ".lock"
_RUNS: Final = "runs"
TEXTS: Final = "texts"
"Folder of the texts of the scored examples."
_OWN_DEPTH: Final = 3
"Levels of a study's folder that the study writes itself; below them, each run checks its own folder."
_FINGERPRINT_SHOWN: Final = 32
"Characters of a fingerprint in the name of a file."


class StudyReader:
    """Reads everything in the folder of a study; the files of a run are read by its ``RunReader``.

    ``StudyReader(Path("study")).read().arms``

    ===================== =============================================================================
    ``plan.json``         the resolved arms, the runs with their ids and folders, hashes of inputs and code
    ``runs/``             one run folder for each run, also for runs that are no longer in the plan
    ``registration.json`` the plan as ``spanreg study register`` wrote it before the runs
    ``search/``           trials of searches, the database that records them, and the results
    ``texts/``            texts of the scored examples, in a pack that was made with them
    ===================== =============================================================================
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> StudyRecord:
        """Return the plan.

        Raises:
            ConfigurationError: there is no study in the folder, it is damaged, or of another version.
        """
        # Checked first: for a folder of something else, ``find`` advises where to write, and this only reads.
        record = self.find() if (self.path / PLAN).exists() else None
        if record is None:
            raise ConfigurationError(
                f"there is no study in {self.path}", hint="name a folder that 'spanreg study run' wrote with -s"
            )
        return record

    def find(self) -> StudyRecord | None:
        """Return the plan; None where the folder does not exist or is empty.

        Raises:
            ConfigurationError: the folder holds something else, or a plan that is damaged or of another version.
        """
        path = self.path / PLAN
        if not path.exists():
            self._require_own()
            return None
        written = read_object(path, _REPEAT)
        if written.get("format") != FORMAT:
            raise ConfigurationError(
                f"the study in {self.path} has the layout {written.get('format')}, this version writes {FORMAT}",
                hint="use the version of spanreg that wrote it, or name another folder",
            )
        plan = unsealed(written, path, _REPEAT)
        # The folder may come from a stranger, so a valid checksum says nothing about the content.
        if fault := shape_fault(plan, StudyRecord) or contradiction_in(plan):
            raise damaged(path, f"it is not the plan of a study: {fault}", _REPEAT)
        return record_from(plan, self.path)

    def input_hashes(self) -> frozenset[str]:
        """Return the hashes of the files that the arms name; none where there is no study yet."""
        record = self.find()
        return frozenset() if record is None else record.input_hashes

    def started(self) -> list[PlannedRun]:
        """Return the runs that have started; none where there is no study yet."""
        record = self.find()
        return [] if record is None else [run for run in record.unique_runs() if self.run_path(run).exists()]

    def started_trials(self) -> int:
        """Return the number of trials of all searches in the folder that have started."""
        # Each search has a folder for itself, and each trial one in it; a repeated setting needs none.
        return sum(1 for _ in (self.path / SEARCH).glob(f"*/trial-*/{STATUS}"))

    def run_path(self, run: PlannedRun) -> Path:
        """Return the folder of a run."""
        return self.path / run.folder

    def run(self, run: PlannedRun) -> RunReader:
        """Return the reader of a run that has started.

        Raises:
            DamagedFileError: the manifest of the run is damaged.
        """
        return RunReader(self.run_path(run), REPEAT_RUN)

    def texts_path(self, fingerprint: str) -> Path:
        """Return where the texts of a split are, by its fingerprint; only a pack made with texts has the file."""
        # Security: a fingerprint may come from a stranger's pack, and must not lead out of the folder.
        name = require_file_name(fingerprint[:_FINGERPRINT_SHOWN], "fingerprint")
        return self.path / TEXTS / f"{name}.jsonl"

    def texts(self, fingerprint: str) -> list[dict[str, Any]] | None:
        """Return the rows of a split that a pack was made with; None where it was made without."""
        path = self.texts_path(fingerprint)
        if not path.is_file():
            return None
        try:
            # Divided as bytes: str.splitlines() also divides at characters within a text, such as U+2028.
            rows = [json.loads(line) for line in path.read_bytes().splitlines()]
        # Deeply nested JSON ends in a RecursionError.
        except (ValueError, RecursionError) as error:
            raise damaged(path, "it does not hold one text a line") from error
        if fault := shape_fault(rows, list[PackedText]):
            raise damaged(path, fault)
        return rows

    def search_result(self) -> Mapping[str, Any] | None:
        """Return the result of the last finished search; None where there is none.

        Raises:
            DamagedFileError: it is not as it was written.
        """
        path = self.path / SEARCH / TRIALS
        if not path.exists():
            return None
        found = read_sealed(path, SEARCH_AGAIN)
        if fault := shape_fault(found, SearchRecord):
            raise damaged(path, fault, SEARCH_AGAIN)
        return found

    def tunings(self) -> list[TuningRecord]:
        """Return the finished searches for single arms, in the order of the arms.

        Raises:
            DamagedFileError: their file is not as it was written.
        """
        path = self.path / SEARCH / TUNED
        if not path.exists():
            return []
        found = read_sealed(path, SEARCH_AGAIN)
        if fault := shape_fault(found, TuningsRecord):
            raise damaged(path, fault, SEARCH_AGAIN)
        return cast(TuningsRecord, found)["arms"]

    def _require_own(self) -> None:
        """Check that a folder without a plan is missing, empty, or has only files of a study.

        Raises:
            ConfigurationError: it holds something else.
        """
        if self.path.exists() and not self.path.is_dir():
            raise ConfigurationError(f"{self.path} is a file", hint="name a folder with -s")
        # A study creates its lock before anything else; without one, these folders belong to something else.
        begun = {self.path / _RUNS, self.path / TEXTS} if (self.path / _LOCK).exists() else set()
        own = {self.path / _LOCK, self.path / SEARCH, self.path / REGISTRATION, *self._leftovers(), *begun}
        if self.path.is_dir() and not own.issuperset(self.path.iterdir()):
            raise ConfigurationError(
                f"{self.path} contains files that are not a study's", hint="name a new or an empty folder with -s"
            )

    def _leftovers(self) -> list[Path]:
        """Return the temporary files that killed writers of the study left in its folder."""
        return [*leftovers(self.path, PLAN), *leftovers(self.path, REGISTRATION)]


class StudyWriter(StudyReader):
    """Writes the folder of a study.

    ``with StudyWriter(path).locked() as folder: folder.write(record)``
    """

    @contextmanager
    def locked(self) -> Iterator[StudyWriter]:
        """Keep other processes from writing while the block runs.

        Raises:
            ConfigurationError: another process is writing, the folder holds something else, or a link leads out of it.
        """
        require_links_inside(self.path, depth=_OWN_DEPTH)
        if not (self.path / PLAN).exists():
            self._require_own()  # before the file of the lock is made there
        try:
            # Not waited for: the other process may run for days.
            with locked(self.path / _LOCK, wait=False):
                # Under the lock, since these could otherwise be the files of a process that is writing.
                remove_leftovers(self._leftovers())
                yield self
        except BlockingIOError:
            raise ConfigurationError(
                f"another process is running the study in {self.path}",
                hint="wait for it, or watch it: spanreg study status",
            ) from None

    def write(self, record: StudyRecord) -> None:
        """Write the plan, whole or not at all, with its own checksum."""
        write_sealed(self.path / PLAN, asdict(record))

    def write_search_result(self, written: Mapping[str, Any]) -> None:
        """Write the result of a search, whole or not at all, with its own checksum."""
        write_sealed(self.path / SEARCH / TRIALS, written)

    def write_tunings(self, written: Sequence[Mapping[str, Any]]) -> None:
        """Write the results of the searches for single arms, whole or not at all, with their own checksum."""
        write_sealed(self.path / SEARCH / TUNED, {"arms": list(written)})
