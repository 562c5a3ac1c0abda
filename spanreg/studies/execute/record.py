"""The plan of a study as its folder records it: arms, runs, and what they depend on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from spanreg.storage import as_component, stored_path

if TYPE_CHECKING:
    from spanreg.data.base import MetricConfig

FORMAT: Final = 1
"Version of the layout of a study's folder."

_RUNS: Final = "runs"
_ID_SHOWN: Final = 12


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
class StudyRecord:
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


def record_from(written: Mapping[str, Any], folder: Path) -> StudyRecord:
    """Return the record that a saved plan describes.

    Raises:
        KeyError: a part is missing; likewise ``TypeError`` and ``AttributeError`` for a plan of another form.
        ConfigurationError: a run's folder is outside the study's.
    """
    arms = [PlannedArm(**arm) for arm in written["arms"]]
    runs = [PlannedRun(**run) for run in written["runs"]]
    for run in runs:
        stored_path(folder, run.folder, _RUNS)
    return StudyRecord(**{**written, "arms": arms, "runs": runs})
