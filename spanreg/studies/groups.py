"""Which arms of a study can be compared: those that were scored on the same examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spanreg.registry import ConfigurationError, Problem
from spanreg.studies.folder import PlannedArm, Record
from spanreg.studies.run_results import RunResult

Choice = tuple[tuple[str, str], ...]


def grouped(record: Record, runs: Mapping[str, Sequence[RunResult]]) -> list[list[str]]:
    """Names of the arms that belong together, the baseline's group first.

    Arms that an axis of data (``data``, ``data.task`` and the like) tells apart are groups of their own, if they were
    scored on other examples than the baseline.

    Args:
        record: the study.
        runs: finished runs by arm.
    """
    first = record.arm(record.baseline)
    groups: dict[Choice, list[str]] = {data_choice(first): []}
    for arm in record.arms:
        groups.setdefault(data_choice(arm), []).append(arm.name)
    seen = {choice: next((runs[name][0] for name in names if runs[name]), None) for choice, names in groups.items()}
    home = seen[data_choice(first)]
    for choice in list(groups)[1:]:
        found = seen[choice]
        if home is None or found is None or _examples(found) == _examples(home):
            groups[data_choice(first)] += groups.pop(choice)
    return list(groups.values())


def counterpart(record: Record, name: str, groups: Sequence[Sequence[str]]) -> str | None:
    """The arm that another is compared with.

    The baseline, for arms of its group; in another group the arm that chooses like the baseline on all axes but those
    of data. None for such an arm itself, and where there is none.
    """
    group = next(group for group in groups if name in group)
    found: str | None = record.baseline
    if record.baseline not in group:
        wanted = other_choice(record.arm(record.baseline))
        found = next((one for one in group if other_choice(record.arm(one)) == wanted), None)
    return None if found == name else found


def data_choice(arm: PlannedArm) -> Choice:
    """What an arm chooses on the axes of data."""
    return tuple(sorted((key, value) for key, value in (arm.choice or {}).items() if _is_data(key)))


def other_choice(arm: PlannedArm) -> dict[str, str] | None:
    """What an arm chooses on all other axes; None for an arm that was named."""
    return None if arm.choice is None else {key: value for key, value in arm.choice.items() if not _is_data(key)}


def require_same_examples(results: Sequence[RunResult]) -> None:
    """Only runs on the same examples with the same gold labels can be compared example by example.

    Raises:
        ConfigurationError: two of them have other examples.
    """
    problems = [
        Problem(f"'{other.name}' has other examples than '{results[0].name}'")
        for other in results[1:]
        if _examples(other) != _examples(results[0])
    ]
    if problems:
        hint = "compare them apart, or vary the data by an axis"
        raise ConfigurationError([*problems, Problem("arms must be scored on the same data", hint=hint)])


def _is_data(key: str) -> bool:
    return key.split(".")[0] == "data"


def _examples(result: RunResult) -> object:
    if result.predictions is None:
        return result.task.name
    labels = result.predictions.labels
    plain = [label.tolist() for label in labels] if labels.dtype == object else labels.tolist()
    return result.task.name, result.split, result.predictions.indices.tolist(), plain
