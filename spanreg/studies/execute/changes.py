"""List changes of configs, data and code since the runs of a study were planned."""

from __future__ import annotations

from collections.abc import Iterator

from spanreg.studies.execute.record import PlannedArm, StudyRecord
from spanreg.training.runs.differences import differing_keys

_MOST = 5


def changes_since(before: StudyRecord, now: StudyRecord) -> list[str]:
    """Return one line for each change between two records of a study that gives its runs other ids."""
    lines = ["the code has changed"] if before.code != now.code else []
    earlier = {arm.name: arm for arm in before.arms}
    for arm in now.arms:
        if arm.name in earlier:
            lines += [f"{arm.name}: {change}" for change in _of_arm(earlier[arm.name], arm)]
    return lines


def _of_arm(before: PlannedArm, now: PlannedArm) -> Iterator[str]:
    keys = differing_keys(before.config, now.config)
    yield from keys[:_MOST]
    if len(keys) > _MOST:
        yield f"and {len(keys) - _MOST} more keys"
    if not keys:
        names = before.inputs.keys() | now.inputs.keys()
        yield from (
            f"the content of {name} has changed"
            for name in sorted(names)
            if before.inputs.get(name) != now.inputs.get(name)
        )
