"""Tasks of a study: every arm is run on each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from spanreg.registry import ConfigurationError, Problem
from spanreg.registry.names import spell_value, text_hint
from spanreg.studies.define.arms import Arm, arm_of_pieces
from spanreg.studies.define.patches import ConfigChange

TASK_AXIS = "data"
"Axis of the tasks in the choice of an arm: they replace the data of the base."


def read_tasks(given: Mapping[str, Any] | Sequence[str] | None) -> dict[str, Any]:
    """Return the patch of the base's ``data`` for each task.

    Args:
        given: names for ``data.task``, or patches of ``data`` by name.

    Raises:
        ConfigurationError: the list is empty, names repeat, or patches are not objects; all of them at once.
    """
    if given is None:
        return {}
    if not given:
        raise ConfigurationError("the list is empty", path="tasks", hint="name tasks, or remove the key")
    if isinstance(given, Mapping):
        hint = "write the keys of 'data' that differ from the base: { task: 'rte' }"
        wrong = {name: patch for name, patch in given.items() if not isinstance(patch, Mapping)}
        if wrong:
            raise ConfigurationError(
                Problem(f"expected an object, got {spell_value(patch)}", f"tasks.{name}", text_hint(patch) or hint)
                for name, patch in wrong.items()
            )
        return dict(given)
    repeated = [place for place, name in enumerate(given) if name in given[:place]]
    if repeated:
        raise ConfigurationError(
            Problem(f"the task '{given[place]}' is given twice", f"tasks.{place}", "remove one") for place in repeated
        )
    return {name: {"task": name} for name in given}


def arms_on_tasks(arms: Sequence[Arm], tasks: Mapping[str, Any], base: Mapping[str, Any]) -> list[Arm]:
    """Return every arm on every task, all arms of one task before those of the next.

    Args:
        arms: the arms of the study, on the data of the base.
        tasks: patches of ``data`` by task.
        base: the base of the study.
    """
    if not tasks:
        return list(arms)
    return [
        _on_task(arm, name, ConfigChange(f"tasks.{name}", "data", patch), base)
        for name, patch in tasks.items()
        for arm in arms
    ]


def _on_task(arm: Arm, task: str, change: ConfigChange, base: Mapping[str, Any]) -> Arm:
    """Return an arm on the data of a task."""
    # The task comes first: an arm may change the data further.
    made = arm_of_pieces(f"{arm.name} on {task}", base, (change, *arm.pieces))
    choice = None if arm.choice is None else {TASK_AXIS: task, **arm.choice}
    named = replace(made, setting=arm.name, task=task)
    return replace(named, choice=choice, seeds=arm.seeds, tags=arm.tags, about=arm.about, width=arm.width)
