"""Compare two studies, or two versions of one, arm by arm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from spanreg.registry import ConfigurationError
from spanreg.studies.analyse.arm_result import ArmResult
from spanreg.studies.analyse.results import read_results
from spanreg.studies.execute.changes import spell_field
from spanreg.studies.execute.folder import StudyReader
from spanreg.studies.execute.record import PlannedArm, StudyRecord
from spanreg.training.runs.differences import differing_keys

_OF_STUDY: Final = ("baseline", "metric", "split", "reserve", "margin", "compare", "folds", "modes", "slices")
"Fields of a study's record that decide what is compared and how."


@dataclass(frozen=True, slots=True)
class ArmDifferences:
    """One arm in two studies.

    ``study_differences(one, other).arms[0].changes``
    """

    name: str
    where: str
    "``both``, or the only study that has it: ``first`` or ``second``."
    changes: list[str] = field(default_factory=list)
    "One line for each key of the config, file or list of seeds that differs, ``training.epochs: 3 -> 5``."
    means: tuple[float | None, float | None] = (None, None)
    "Mean scores; None without finished runs."
    differences: tuple[float | None, float | None] = (None, None)
    "Differences from the baseline."


@dataclass(frozen=True, slots=True)
class StudyDifferences:
    """Everything in which two studies differ.

    ``study_differences(one, other).study``
    """

    study: list[str]
    "One line for each difference that concerns all arms, such as the metric or the code."
    arms: list[ArmDifferences]
    "All arms of both, those of the first study first."
    notes: list[str] = field(default_factory=list)
    "Why scores of a study are missing."

    @property
    def same(self) -> bool:
        """True if nothing but scores differs."""
        return not self.study and all(arm.where == "both" and not arm.changes for arm in self.arms)


def study_differences(
    first: StudyRecord, second: StudyRecord, folders: tuple[StudyReader, StudyReader] | None = None
) -> StudyDifferences:
    """Return what differs between two studies.

    Args:
        first: record of a study.
        second: record of another study, or of another version.
        folders: their folders, whose scores are compared as well; default: plans alone.
    """
    results = [_results(folder) for folder in folders] if folders else [({}, ""), ({}, "")]
    known = (first.by_name(), second.by_name())
    arms = [
        _arm_differences(
            name, (known[0].get(name), known[1].get(name)), (first, second), [one[0].get(name) for one in results]
        )
        for name in dict.fromkeys([*known[0], *known[1]])
    ]
    names = ("first", "second")
    problems = {name: problem for name, (_, problem) in zip(names, results, strict=True) if problem}
    notes = [f"no scores of the {name} study: {problem}" for name, problem in problems.items()]
    return StudyDifferences(list(_differing_fields(first, second)), arms, notes)


def _results(folder: StudyReader) -> tuple[dict[str, ArmResult], str]:
    """Return the results by arm, or why there are none."""
    try:
        return {arm.name: arm for arm in read_results(folder).arms}, ""
    # Plans can be compared before any run is finished.
    except ConfigurationError as error:
        return {}, str(error.problems[0].problem)


def _differing_fields(first: StudyRecord, second: StudyRecord) -> Iterator[str]:
    for name in _OF_STUDY:
        before, after = getattr(first, name), getattr(second, name)
        if before != after:
            yield f"{name}: {spell_field(before)} -> {spell_field(after)}"
    # Hashes say nothing to a reader, so the difference is only named.
    if first.code != second.code:
        yield "the code of spanreg, of its libraries or of included packages differs"


def _arm_differences(
    name: str,
    arms: tuple[PlannedArm | None, PlannedArm | None],
    records: tuple[StudyRecord, StudyRecord],
    results: Sequence[ArmResult | None],
) -> ArmDifferences:
    one, other = arms
    if one is None or other is None:
        changes, where = [], "second" if one is None else "first"
    else:
        changes, where = list(_changes_of_arm(one, other, records)), "both"
    means = tuple(arm.mean if arm else None for arm in results)
    differences = tuple(arm.comparison.difference if arm and arm.comparison else None for arm in results)
    return ArmDifferences(name, where, changes, (means[0], means[1]), (differences[0], differences[1]))


def _changes_of_arm(one: PlannedArm, other: PlannedArm, records: tuple[StudyRecord, StudyRecord]) -> Iterator[str]:
    yield from differing_keys(one.config, other.config)
    # Only files of both: a file that one of them lacks is named by a key that differs.
    for file in sorted(one.inputs.keys() & other.inputs.keys()):
        if one.inputs[file] != other.inputs[file]:
            yield f"the content of {file} differs"
    seeds = [sorted({run.seed for run in record.runs_of(one.name)}) for record in records]
    if seeds[0] != seeds[1]:
        yield f"seeds: {spell_field(seeds[0])} -> {spell_field(seeds[1])}"
