"""Arms of several tasks that have the same setting."""

from __future__ import annotations

from typing import Any

from spanreg.studies.analyse.tasks.settings import setting_key
from spanreg.studies.execute.record import PlannedArm


def arm(task: str, channels: int, **keys: Any) -> PlannedArm:
    """Return an arm of the setting ``spans`` on a task."""
    config = {"data": {"task": task}, "aggregator": {"channels": channels}}
    return PlannedArm(f"spans on {task}", config, setting="spans", **keys)


def test_arms_that_differ_only_in_their_data_have_one_setting() -> None:
    assert setting_key(arm("rte", 1)) == setting_key(arm("mrpc", 1))
    assert setting_key(arm("rte", 1)) != setting_key(arm("rte", 2))


def test_tuned_arms_have_one_setting_whatever_their_tuned_values() -> None:
    first, second = (arm(task, size, tuned_from=f"spans on {task}") for task, size in (("rte", 1), ("mrpc", 2)))
    assert setting_key(first) == setting_key(second)
    assert setting_key(first) != setting_key(arm("rte", 1))
