"""Compare arms on subsets of the examples, with a correction for the number of subsets and arms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spanreg.metrics import evaluate
from spanreg.metrics.task_metrics import metric_of
from spanreg.registry import ConfigurationError
from spanreg.studies.analyse.arm_result import ArmResult
from spanreg.studies.analyse.comparisons import arm_table
from spanreg.studies.analyse.results import StudyResults
from spanreg.studies.analyse.slices.example_values import COVERAGE, ExampleValues
from spanreg.studies.analyse.slices.partition import Subset, subsets_of, subsets_of_condition
from spanreg.studies.analyse.statistics.contrasts import ArmTable, Basis, contrast_test
from spanreg.studies.analyse.statistics.holm import holm_known
from spanreg.studies.analyse.statistics.two_way import LEVEL
from spanreg.studies.define.options.slice_expressions import read_slice


@dataclass(frozen=True, slots=True)
class SliceDifference:
    """An arm against the baseline on a subset of the examples, in the unit of the score.

    ``slice_families(results)[0].slices[0].differences[0].significant``
    """

    arm: str
    against: str
    score: float
    "Mean score of the arm on the subset."
    baseline_score: float
    "Mean score of the baseline on the subset."
    difference: float | None
    "Mean difference over the seeds of both; None without a common seed."
    low: float | None
    high: float | None
    "Ends of the 95 % confidence interval, which is not corrected."
    p: float | None
    p_adjusted: float | None
    "``p`` after Holm's correction over the family."
    basis: Basis

    @property
    def significant(self) -> bool:
        """True if the difference is significant."""
        return self.p_adjusted is not None and self.p_adjusted < LEVEL


@dataclass(frozen=True, slots=True)
class ExampleSlice:
    """A subset of the examples, with the differences on it.

    ``slice_families(results)[0].slices[0].examples``
    """

    name: str
    examples: int
    differences: tuple[SliceDifference, ...]


@dataclass(frozen=True, slots=True)
class SliceFamily:
    """The subsets of one entry of ``slices`` on one task: a family of tests.

    ``slice_families(results)[0].slices``
    """

    spec: str
    "The entry of the study file."
    task: str
    slices: tuple[ExampleSlice, ...]
    about: str = ""
    "Explanation of the values that the entry divides by; empty if the entry explains itself."
    problem: str = ""
    "Reason for missing slices; empty if there are some."
    undefined: tuple[str, ...] = ()
    "Subsets that are left out, since the figure is not defined for their labels, such as a correlation for one label."


def slice_families(results: StudyResults) -> list[SliceFamily]:
    """Return the differences on the subsets of every entry of ``slices``, for each task."""
    families = []
    for task in results.tasks if results.record.slices else ():
        arms = [arm for arm in results.arms if arm.task == task]
        compared = [arm for arm in arms if arm.comparison and arm.against]
        if not compared:
            continue
        try:
            values = ExampleValues(arms)  # one for all entries, since it keeps the texts that several of them read
        except ConfigurationError as error:
            families += [SliceFamily(spec, task, (), problem=_line(error)) for spec in results.record.slices]
            continue
        families += [_family(text, task, arms, compared, values) for text in results.record.slices]
    return families


def _family(
    text: str, task: str, arms: Sequence[ArmResult], compared: Sequence[ArmResult], values: ExampleValues
) -> SliceFamily:
    spec = read_slice(text)
    about = f"coverage by the spans of '{values.covered_by}'" if COVERAGE in spec.names else ""
    try:
        columns = [values.of(name) for name in spec.names]
        subsets = (
            subsets_of(spec, columns[0]) if spec.condition is None else subsets_of_condition(spec, spec.names, columns)
        )
        # One arm decides for all, since the arms of a task have the same gold labels.
        undefined = tuple(name for name, rows in subsets if not _is_defined(compared[0], rows))
        made = _slices([one for one in subsets if one[0] not in undefined], arms, compared)
    except ConfigurationError as error:
        return SliceFamily(text, task, (), about, _line(error))
    # Arms whose runs are unfinished count, so that stars do not vanish when they finish.
    missing = sum(bool(arm.against) for arm in arms) - len(compared)
    p_values = [one.p for part in made for one in part.differences]
    # Each unfinished arm will have a test on every subset.
    adjusted = iter(holm_known(p_values, missing * len(made)))
    corrected = [
        replace(part, differences=tuple(replace(one, p_adjusted=next(adjusted)) for one in part.differences))
        for part in made
    ]
    return SliceFamily(text, task, tuple(corrected), about, undefined=undefined)


def _is_defined(arm: ArmResult, rows: NDArray[np.bool_]) -> bool:
    """Return whether an arm's figure is defined for the gold labels of a subset."""
    run = arm.runs[0]
    metric = metric_of(run.task, arm.metric)
    return metric is None or run.predictions is None or metric.is_defined_for(run.predictions.labels[rows])


def _slices(subsets: Sequence[Subset], arms: Sequence[ArmResult], compared: Sequence[ArmResult]) -> list[ExampleSlice]:
    """Return the differences of all compared arms on each subset, not corrected yet."""
    needed = {arm.name for arm in compared} | {str(arm.against) for arm in compared}
    found = []
    for name, rows in subsets:
        parts = {arm.name: _on(arm, rows) for arm in arms if arm.name in needed}
        tables = {key: arm_table(part) for key, part in parts.items()}
        differences = tuple(_difference(arm, parts, tables) for arm in compared)
        found.append(ExampleSlice(name, int(rows.sum()), differences))
    return found


def _on(arm: ArmResult, rows: NDArray[np.bool_]) -> ArmResult:
    """Return an arm scored on some of the examples.

    Raises:
        ConfigurationError: the figure cannot be computed on a part of the examples.
    """
    # Tests compute contributions from these runs: a pseudo-value, of F1 for instance, depends on all examples of a
    # score, so it cannot be taken from the whole split.
    runs = [replace(run, predictions=run.predictions and run.predictions.only(rows)) for run in arm.runs]
    try:
        scores = [
            float(evaluate(run.task, run.predictions.predictions, run.predictions.labels)[arm.metric])
            for run in runs
            if run.predictions is not None
        ]
    except Exception as error:  # a user's metric may raise any exception on examples of one label
        raise ConfigurationError(f"'{arm.metric}' cannot be computed on a part of the examples") from error
    if not np.isfinite(scores).all():
        raise ConfigurationError(f"'{arm.metric}' is not a finite number on a part of the examples")
    return replace(arm, runs=runs, scores=scores)


def _difference(arm: ArmResult, parts: Mapping[str, ArmResult], tables: Mapping[str, ArmTable]) -> SliceDifference:
    against = str(arm.against)
    test, basis, seeds, differences = contrast_test([tables[arm.name], tables[against]], [1.0, -1.0])
    return SliceDifference(
        arm=arm.name,
        against=against,
        score=float(np.mean(parts[arm.name].scores)),
        baseline_score=float(np.mean(parts[against].scores)),
        difference=float(differences.mean()) if seeds else None,
        low=test.low if test else None,
        high=test.high if test else None,
        p=test.p if test else None,
        p_adjusted=None,
        basis=basis,
    )


def _line(error: ConfigurationError) -> str:
    """Return the first problem of an error on one line, without its hint."""
    first = error.problems[0]
    return f"{first.path}: {first.problem}" if first.path else first.problem
