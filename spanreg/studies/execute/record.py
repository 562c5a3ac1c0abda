"""The plan of a study as its folder records it: arms, runs, and what they depend on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NotRequired, TypedDict

from spanreg.storage import as_file_name, stored_path
from spanreg.studies.define.folds import name_of_run

if TYPE_CHECKING:
    from spanreg.studies.define.plan import ArmRun

MetricConfig = str | Mapping[str, Any]
"Also in ``spanreg.data.base``, which needs ``datasets``."

FORMAT: Final = 1
"Version of the layout of a study's folder."

_RUNS: Final = "runs"
"Folder of the runs, in that of the study."
_ID_SHOWN: Final = 12
"Characters of a run's id in the name of its folder."


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """One run of a study as its folder records it.

    ``record.unique_runs()[0].folder``
    """

    id: str
    "Hash of resolved config, seed, inputs and code. Arms with the same config share their runs."
    arm: str
    seed: int
    folder: str
    "Relative to the study's folder."
    fold: int | None = None
    "The fold that it evaluates; None in a study without folds."

    @property
    def name(self) -> str:
        """The run in words: ``plain, seed 3``."""
        return name_of_run(self.arm, self.seed, self.fold)


@dataclass(frozen=True, slots=True)
class PlannedArm:
    """One arm of a study as its folder records it.

    ``record.arm("plain").changes``
    """

    name: str
    config: dict[str, Any]
    changes: list[str] = field(default_factory=list)
    "One line for each key that differs from the base."
    dropped: list[str] = field(default_factory=list)
    choice: dict[str, str] | None = None
    tags: list[str] = field(default_factory=list)
    about: str = ""
    inputs: dict[str, str] = field(default_factory=dict)
    "Hashes of the files that the config names, by their names."
    setting: str = ""
    "Name of the arm without its task; empty in a study without ``tasks``."
    task: str = ""
    "Name of its task in ``tasks`` of the study; empty in a study without."
    match: dict[str, Any] | None = None
    "How one of its widths was adjusted to the size of another arm; None if it was not."
    tuned_from: str | None = None
    "The arm whose best setting this is, found by a search; None for an arm of the study file."


@dataclass(frozen=True, slots=True)
class StudyRecord:
    """The plan of a study as its folder records it.

    ``StudyReader(Path("study")).read().arm("plain").config``
    """

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
    "Hash of the code that the results depend on."
    until: Literal["decided"] | None = None
    "When seeds stop being added; None if their number is fixed."
    margin: float | None = None
    "The largest difference without practical meaning, in the unit that reports show; None if the study names none."
    compare: Literal["baseline", "all"] = "baseline"
    "``baseline``: arms are compared with the baseline; ``all``: also with one another."
    slices: list[str] = field(default_factory=list)
    "Subsets of the examples on which differences are reported as well."
    included: list[str] = field(default_factory=list)
    "The user's own packages, as given to ``--include-package``."
    source: str = ""
    "Text of the study file."
    panels: list[dict[str, Any]] | None = None
    "Panels of the report as the study file names them; None for all."
    directory: str = ""
    "Working directory of the configs' relative paths, relative to the study's folder; empty if unknown."
    keep_weights: Literal["all", "best", "none"] = "all"
    "Which weights finished runs keep: all, those of the best run of each arm, or none."
    folds: int | None = None
    "Number of folds, each evaluated by one run; None in a study without folds."
    format: int = FORMAT

    @property
    def input_hashes(self) -> frozenset[str]:
        """Hashes of the files that the arms name."""
        return frozenset(value for arm in self.arms for value in arm.inputs.values())

    def arm(self, name: str) -> PlannedArm:
        """Return the arm with a name."""
        return next(arm for arm in self.arms if arm.name == name)

    def by_name(self) -> dict[str, PlannedArm]:
        """Return all arms by name."""
        return {arm.name: arm for arm in self.arms}

    def unique_runs(self) -> list[PlannedRun]:
        """Return all runs in order, each id once: arms of one config share runs, which have the first arm's name."""
        unique: dict[str, PlannedRun] = {}
        for run in self.runs:
            unique.setdefault(run.id, run)
        return list(unique.values())

    def runs_of(self, arm: str) -> list[PlannedRun]:
        """Return the runs of an arm, in the order of the seeds."""
        return [run for run in self.runs if run.arm == arm]


def run_folder_name(arm: str, seed: int, key: str) -> str:
    """Return a unique folder name that shows arm and seed."""
    # Cleaned and cut, since the name of an arm may have any length and any characters.
    return f"{_RUNS}/{as_file_name(arm, 60, 'arm')}-{seed}-{key[:_ID_SHOWN]}"


def planned_runs(wanted: Sequence[tuple[str, ArmRun]], known: Mapping[str, str]) -> list[PlannedRun]:
    """Return runs with their folders.

    Args:
        wanted: the runs with their ids.
        known: folders of runs that exist already, by id.
    """
    # An id that is known keeps its folder, so that a renamed arm finds its runs.
    folders = dict(known)
    for key, run in wanted:
        folders.setdefault(key, run_folder_name(run.arm, run.seed, key))
    return [PlannedRun(key, run.arm, run.seed, folders[key], run.fold) for key, run in wanted]


class PackedText(TypedDict):
    """A line of ``texts/`` in a pack."""

    idx: int
    text: str
    pair: NotRequired[str]


class BestTrial(TypedDict):
    """The best trial of a search, as ``trials.json`` has it."""

    setting: dict[str, Any]


class SearchRecord(TypedDict):
    """The part of ``trials.json`` that is read."""

    search: str
    space: NotRequired[dict[str, Any]]
    trials: list[Any]
    best: BestTrial


class TrialRecord(TypedDict):
    """The part of a trial that is read."""

    state: str
    value: float | None


class TuningRecord(TypedDict):
    """The part of the search for one arm in ``tuned.json`` that is read."""

    arm: str
    tuned: str
    search: str
    space: dict[str, Any]
    budget: int
    direction: Literal["minimize", "maximize"]
    trials: list[TrialRecord]
    best: BestTrial


class TuningsRecord(TypedDict):
    """The part of ``tuned.json`` that is read."""

    arms: list[TuningRecord]


def contradiction_in(plan: Mapping[str, Any]) -> str:
    """Return what is contradictory in a saved plan, or an empty string."""
    # What readers take for granted and no type expresses; a plan from a stranger may have any of these.
    arms = [arm["name"] for arm in plan["arms"]]
    if len(set(arms)) < len(arms):
        return "two arms have the same name"
    sources = {arm["tuned_from"] for arm in plan["arms"] if arm.get("tuned_from") is not None}
    if unknown := {plan["baseline"], *sources, *(run["arm"] for run in plan["runs"])} - set(arms):
        return f"there is no arm '{min(unknown)}'"
    return "" if 0 <= plan["reserve"] < 1 else f"'reserve' is {plan['reserve']}, not between 0 and 1"


def record_from(written: Mapping[str, Any], folder: Path) -> StudyRecord:
    """Return the record that a saved plan describes.

    Raises:
        ConfigurationError: a run's folder is outside the study's.
    """
    arms = [PlannedArm(**arm) for arm in written["arms"]]
    runs = [PlannedRun(**run) for run in written["runs"]]
    # A plan from a stranger must not make this process read or write elsewhere.
    for run in runs:
        stored_path(folder, run.folder, _RUNS)
    return StudyRecord(**{**written, "arms": arms, "runs": runs})
