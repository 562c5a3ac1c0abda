"""Group the arms of a study that can be compared: those that were scored on the same examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from spanreg.registry import ConfigurationError, Problem
from spanreg.studies.analyse.run_results import RunResult
from spanreg.studies.analyse.tasks.settings import config_without_data
from spanreg.studies.execute.record import PlannedArm, StudyRecord
from spanreg.training.runs.differences import canonical


@dataclass(frozen=True, slots=True)
class ArmGroup:
    """Arms that can be compared.

    ``grouped(record, runs)[0].baseline``
    """

    name: str
    "Unique name of their task; empty if no run is finished."
    arms: tuple[str, ...]
    baseline: str | None
    """The arm that the others are compared with: the study's baseline, or the arm that differs from it only in its
    data; None if the group has neither."""


def grouped(record: StudyRecord, runs: Mapping[str, Sequence[RunResult]]) -> list[ArmGroup]:
    """Return the arms of a study in groups, in the order of their first arms.

    Arms with the same ``data`` belong together, and so do arms with other data that were scored on the same examples,
    for instance where one arm trains on fewer. Arms of different ``tasks`` of a study never do.

    Args:
        record: the record of the study.
        runs: finished runs by arm.

    Raises:
        ConfigurationError: arms of the same data were not scored on the same examples.
    """
    by_data: dict[tuple[str, str], list[str]] = {}
    for arm in record.arms:
        by_data.setdefault((arm.task, canonical(_data_of(arm))), []).append(arm.name)
    by_examples: dict[tuple[str, Any], list[str]] = {}
    for key, names in by_data.items():
        finished = [result for name in names for result in runs[name]]
        # Equal configs do not prove equal data: a file may have changed between two runs.
        _require_same_examples(finished)
        # Arms without a finished run have no examples to compare yet, so they stay with those of the same data.
        by_examples.setdefault((key[0], _examples(finished[0]) if finished else key), []).extend(names)
    groups = [_group(record, key[0], names, runs) for key, names in by_examples.items()]
    # Two groups of one task name, such as two limits of a data set, need different names in the report.
    count = Counter(group.name for group in groups if group.name)
    named = [replace(one, name=f"{one.name} ('{one.arms[0]}')") if count[one.name] > 1 else one for one in groups]
    # Divided after the naming, since tuned and untuned arms of a task share its name.
    return [part for group in named for part in _by_tuning(record, group)]


def _by_tuning(record: StudyRecord, group: ArmGroup) -> Iterator[ArmGroup]:
    """Yield the untuned arms of a group, and its tuned ones, which are compared with the tuned baseline."""
    tuned = {name: source for name in group.arms if (source := record.arm(name).tuned_from) is not None}
    yield replace(group, arms=tuple(name for name in group.arms if name not in tuned))
    if tuned:
        baseline = next((name for name, source in tuned.items() if source == group.baseline), None)
        yield replace(group, arms=tuple(tuned), baseline=baseline)


def _group(record: StudyRecord, task: str, names: Sequence[str], runs: Mapping[str, Sequence[RunResult]]) -> ArmGroup:
    finished = [result for name in names for result in runs[name]]
    # Two tasks of a study may read one data set under different options, so the study's name of a task comes first.
    name = (task or finished[0].task.name) if finished else ""
    return ArmGroup(name, tuple(names), _baseline(record, names))


def _baseline(record: StudyRecord, names: Sequence[str]) -> str | None:
    """Return the study's baseline if it is among some arms, otherwise the arm that differs from it only in its data."""
    if record.baseline in names:
        return record.baseline
    wanted = config_without_data(record.arm(record.baseline))
    return next((name for name in names if config_without_data(record.arm(name)) == wanted), None)


def _data_of(arm: PlannedArm) -> Any:
    """Return the data section of an arm's config, in its long form."""
    data = arm.config.get("data")
    return {"type": data} if isinstance(data, str) else data


def _require_same_examples(results: Sequence[RunResult]) -> None:
    """Raise a ConfigurationError that names every run which was scored on other examples than the first."""
    problems = [
        Problem(f"'{other.name}' was scored on other examples than '{results[0].name}'")
        for other in results[1:]
        if _examples(other) != _examples(results[0])
    ]
    if problems:
        hint = "the data have changed between the runs: repeat the study"
        raise ConfigurationError([*problems, Problem("runs of the same data must have the same examples", hint=hint)])


def _examples(result: RunResult) -> tuple[Any, ...]:
    """Return a key that is equal for two runs if they were scored on the same examples."""
    if result.predictions is None:
        return result.task.name, result.split
    labels = result.predictions.labels
    # An array of objects has addresses as its bytes, so the arrays within it are compared.
    content = tuple(row.tobytes() for row in labels) if labels.dtype == object else labels.tobytes()
    return result.task.name, result.split, result.predictions.indices.tobytes(), content
