"""From a study file to a checked plan, with the arms in the order of the file."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from spanreg.registry import Params, fit_swaps
from spanreg.studies.define.plan import StudyPlan, plan_study
from spanreg.studies.define.study import Study
from spanreg.training.config.compatibility import experiment_class

logger = logging.getLogger(__name__)


def load_plan(
    params: Params,
    override: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
    *,
    many: bool = False,
) -> StudyPlan:
    """Return the plan of a study file, with overrides applied and every arm checked.

    Args:
        params: the study file as it was read.
        override: returns its values with overrides applied; default: no overrides.
        many: allow more than ``MOST_ARMS`` arms.

    Raises:
        ConfigurationError: all mistakes at once.

    ``load_plan(Params.from_file("study.jsonnet")).runs``
    """
    given = in_file_order(params.as_dict(quiet=True), params.origin.lines)
    changed = override(given) if override else given
    if isinstance(given.get("base"), dict) and isinstance(changed.get("base"), dict):
        # An override may swap a component of the base, whose other keys the new class may not take.
        changed["base"], dropped = fit_swaps(given["base"], changed["base"], experiment_class())
        for key in dropped:
            logger.warning("base.%s", key)
    whole = Params(changed, origin=params.origin)
    return plan_study(Study.from_params(whole.duplicate()), whole, many=many)


def is_study(values: Mapping[str, Any]) -> bool:
    """Return whether a file holds a study rather than a config: it has a base, and no data."""
    return "base" in values and "data" not in values


def in_file_order(value: Any, lines: Mapping[str, int], path: str = "") -> Any:
    """Return a value with its keys in the order of the file; keys without a known line follow, by name.

    Jsonnet sorts keys, but the arms of a study have an order: it is that of the report and of the runs.

    Args:
        value: what a file evaluated to.
        lines: line by key path.
        path: key path of the value; empty for the whole file.
    """
    if not isinstance(value, dict):
        return value
    below = {key: f"{path}.{key}" if path else key for key in value}
    ordered = sorted(value, key=lambda key: (lines.get(below[key], float("inf")), key))
    return {key: in_file_order(value[key], lines, below[key]) for key in ordered}
