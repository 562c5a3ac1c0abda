"""List changes of configs, data and code since the runs of a study were planned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from spanreg.studies.execute.record import PlannedArm, StudyRecord
from spanreg.training.runs.differences import differing_keys

_MOST = 5
"Largest number of changed keys that are listed for an arm."


def changes_since(before: StudyRecord, now: StudyRecord) -> list[str]:
    """Return one line for each change between two records of a study that gives its runs other ids."""
    lines = ["the code has changed"] if before.code != now.code else []
    earlier = {arm.name: arm for arm in before.arms}
    for arm in now.arms:
        if arm.name in earlier:
            lines += [f"{arm.name}: {change}" for change in _changes_of_arm(earlier[arm.name], arm)]
    return lines


def _changes_of_arm(before: PlannedArm, now: PlannedArm) -> Iterator[str]:
    """Yield the changed keys of an arm, or the changed files if no key has changed."""
    keys = differing_keys(before.config, now.config)
    yield from keys[:_MOST]
    if len(keys) > _MOST:
        yield f"and {len(keys) - _MOST} more keys"
    # Files are named in the config, so another key brings other files: that is one change, not two.
    if not keys:
        yield from (f"the content of {name} has changed" for name in changed_inputs(before.inputs, now.inputs))


def changed_inputs(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Return the names of the files whose hashes differ, those that only one side has included."""
    return [name for name in sorted(before.keys() | now.keys()) if before.get(name) != now.get(name)]


def spell_field(value: Any) -> str:
    """Return a field of a record in words: a list by its items, ``none`` for an empty one or for null."""
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)
