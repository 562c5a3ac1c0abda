"""Find the settings of a study: arms that differ only in their data."""

from __future__ import annotations

from collections.abc import Mapping

from spanreg.studies.execute.record import PlannedArm
from spanreg.training.runs.differences import canonical


def setting_key(arm: PlannedArm) -> str:
    """Return a key that is equal for two arms that differ only in their data, or that were tuned from such arms."""
    if arm.tuned_from is not None and arm.setting:
        # The best values of a search differ by task, and belong to the same setting.
        return f"tuned: {arm.setting}"
    return config_without_data(arm)


def config_without_data(arm: PlannedArm) -> str:
    """Return a text that is equal for two arms whose configs differ only in their data."""
    return canonical({key: value for key, value in arm.config.items() if key != "data"})


def setting_name(arm: PlannedArm) -> str:
    """Return the name of an arm without its data: ``plain`` for ``plain on rte``."""
    if arm.setting:
        return arm.setting
    choice = choice_without_data(arm.choice or {})
    if len(choice) == len(arm.choice or {}):  # no axis of the data is part of the name
        return arm.name
    # An arm of axes is named by its choice, so the name without the axes of the data is that of the setting.
    return ",".join(f"{key}={value}" for key, value in choice.items()) or arm.name


def choice_without_data(choice: Mapping[str, str]) -> dict[str, str]:
    """Return the alternatives of an arm on all axes but those of the data."""
    return {key: value for key, value in choice.items() if key.partition(".")[0] != "data"}
