"""The folder of a study: its plan, and a run folder for each run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from spanreg.data.base import MetricConfig
from spanreg.registry import ConfigurationError
from spanreg.storage import (
    as_component,
    damaged,
    leftovers,
    locked,
    path_component,
    read_object,
    remove_leftovers,
    require_no_way_out,
    stored_path,
    unsealed,
    write_sealed,
)

FORMAT: Final = 1
"Version of the layout."

SEARCH: Final = "search"
"Folder of the trials of a search."

PLAN: Final = "plan.json"

TRIALS: Final = "trials.json"
"What a search has found, in its folder."

_AGAIN: Final = "remove it and call 'spanreg study run' again, which finds the finished runs"
_LOCK = ".lock"
_RUNS = "runs"
_ID_SHOWN = 12
_OWN_DEPTH: Final = 3
"Levels of a study's folder in which it writes itself; a run looks after its own folder."
_FINGERPRINT_SHOWN = 32


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """One run of a study, as its folder knows it."""

    id: str
    "Hash of resolved config, seed, inputs and code. Two arms of the same config share their runs."
    arm: str
    seed: int
    folder: str
    "Below the study's folder."

    @property
    def name(self) -> str:
        """For people: ``plain, seed 3``."""
        return f"{self.arm}, seed {self.seed}"


@dataclass(frozen=True, slots=True)
class PlannedArm:
    """One arm of a study, as its folder knows it."""

    name: str
    config: dict[str, Any]
    changes: list[str] = field(default_factory=list)
    "One line a key that differs from the base."
    dropped: list[str] = field(default_factory=list)
    choice: dict[str, str] | None = None
    tags: list[str] = field(default_factory=list)
    about: str = ""
    inputs: dict[str, str] = field(default_factory=dict)
    "Hashes of the files that the config names."


@dataclass(frozen=True, slots=True)
class Record:
    """What a study's folder says of the study."""

    name: str
    about: str
    baseline: str
    metric: MetricConfig | None
    split: str | None
    reserve: float
    modes: list[str]
    arms: list[PlannedArm]
    runs: list[PlannedRun]
    code: str
    "Hash of the code that the runs depend on."
    included: list[str] = field(default_factory=list)
    "Packages of the user's own, as ``--include-package`` names them."
    source: str = ""
    "The study file as it was given."
    directory: str = ""
    "Where relative paths of the configs start, relative to the study's folder; empty where that is not known."
    format: int = FORMAT

    def arm(self, name: str) -> PlannedArm:
        """The arm of a name."""
        return next(arm for arm in self.arms if arm.name == name)

    def by_name(self) -> dict[str, PlannedArm]:
        """All arms, for those who ask for many."""
        return {arm.name: arm for arm in self.arms}

    def unique_runs(self) -> list[PlannedRun]:
        """All runs in their order, each once: arms of the same config share theirs, which the first one names."""
        unique: dict[str, PlannedRun] = {}
        for run in self.runs:
            unique.setdefault(run.id, run)
        return list(unique.values())

    def runs_of(self, arm: str) -> list[PlannedRun]:
        """The runs of an arm, in the order of the seeds."""
        return [run for run in self.runs if run.arm == arm]


class StudyFolder:
    """Names what lies in a study's folder.

    ============= =====================================================================================
    ``plan.json`` the arms as resolved, the runs with their ids and folders, hashes of inputs and code
    ``runs/``     one run folder for each run; also those that the plan no longer asks for
    ``search/``   trials of a search, the database that remembers them, and what was found
    ``texts/``    texts of the scored examples, in a pack that was made with them
    ============= =====================================================================================
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Record:
        """The plan.

        Raises:
            ConfigurationError: there is no study in the folder, it is damaged, or of another version.
        """
        record = self.find()
        if record is None:
            raise ConfigurationError(
                f"there is no study in {self.path}", hint="name a folder that 'spanreg study run' wrote with -s"
            )
        return record

    def find(self) -> Record | None:
        """Return the plan; None where the folder is not there or empty.

        Raises:
            ConfigurationError: the folder holds something else, or a plan that is damaged or of another version.
        """
        path = self.path / PLAN
        if not path.exists():
            self._refuse_foreign()
            return None
        written = read_object(path, _AGAIN)
        if written.get("format") != FORMAT:
            raise ConfigurationError(
                f"the study in {self.path} has the layout {written.get('format')}, this version writes {FORMAT}",
                hint="use the version of spanreg that began it, or name another folder",
            )
        try:
            return _record(unsealed(written, path, _AGAIN), self.path)
        except (KeyError, TypeError, AttributeError) as error:
            raise damaged(path, "it is not the plan of a study", _AGAIN) from error

    def write(self, record: Record) -> None:
        """Write the plan, whole or not at all, with its own checksum."""
        write_sealed(self.path / PLAN, asdict(record))

    def run_path(self, run: PlannedRun) -> Path:
        """The run folder."""
        return self.path / run.folder

    def texts(self, fingerprint: str) -> Path:
        """Return the file with the texts of a split, by its fingerprint; it exists in packs with texts alone."""
        name = path_component(fingerprint[:_FINGERPRINT_SHOWN], "fingerprint")
        return self.path / "texts" / f"{name}.jsonl"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keeps other drivers out.

        Raises:
            ConfigurationError: another one is at work here, or a link leads out of the folder.
        """
        require_no_way_out(self.path, depth=_OWN_DEPTH)
        try:
            with locked(self.path / _LOCK, wait=False):
                remove_leftovers(leftovers(self.path, PLAN))
                yield
        except BlockingIOError:
            raise ConfigurationError(
                f"another process is running the study in {self.path}",
                hint="wait for it, or watch it: spanreg study status",
            ) from None

    def _refuse_foreign(self) -> None:
        if self.path.exists() and not self.path.is_dir():
            raise ConfigurationError(f"{self.path} is a file", hint="name a folder with -s")
        # a study makes its lock before anything else; without one, 'runs' are somebody else's
        begun = {self.path / _RUNS} if (self.path / _LOCK).exists() else set()
        own = {self.path / _LOCK, self.path / SEARCH, *leftovers(self.path, PLAN), *begun}
        if self.path.is_dir() and not own.issuperset(self.path.iterdir()):
            raise ConfigurationError(
                f"{self.path} has files in it that are not a study's", hint="name a new or an empty folder with -s"
            )


def run_folder_name(arm: str, seed: int, key: str) -> str:
    """A name that people can read and that no other run has."""
    return f"{_RUNS}/{as_component(arm, 60, 'arm')}-{seed}-{key[:_ID_SHOWN]}"


def planned_runs(wanted: Sequence[tuple[str, str, int]], known: Mapping[str, str]) -> list[PlannedRun]:
    """Runs with their folders.

    Args:
        wanted: id, arm and seed of each.
        known: folders of ids that a folder has already.
    """
    folders = dict(known)
    for key, arm, seed in wanted:
        folders.setdefault(key, run_folder_name(arm, seed, key))
    return [PlannedRun(key, arm, seed, folders[key]) for key, arm, seed in wanted]


def _record(written: Mapping[str, Any], folder: Path) -> Record:
    arms = [PlannedArm(**arm) for arm in written["arms"]]
    runs = [PlannedRun(**run) for run in written["runs"]]
    for run in runs:
        stored_path(folder, run.folder, _RUNS)
    return Record(**{**written, "arms": arms, "runs": runs})
