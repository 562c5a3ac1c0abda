"""Study files: recognizing them, and keeping the order of their arms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanreg.registry import DroppedKey, Params, fit_swaps
from spanreg.training.config.experiment_plan import experiment_class


def is_study(values: Mapping[str, Any]) -> bool:
    """Return whether a file holds a study rather than a config: it has a base and no data."""
    return "base" in values and "data" not in values


def in_file_order(params: Params) -> dict[str, Any]:
    """Return a study's values with their keys in the order of the file.

    Jsonnet sorts keys by name, but the arms of a study are run and reported in their order. Keys whose line is not
    known follow, by name.
    """
    ordered: dict[str, Any] = _ordered(params.as_dict(quiet=True), params.origin.lines, "")
    return ordered


def fit_base(given: Mapping[str, Any], changed: Mapping[str, Any]) -> tuple[dict[str, Any], list[DroppedKey]]:
    """Return a study whose overridden base has only keys that its components take, and the keys that were dropped.

    Args:
        given: values of the study file.
        changed: the same values with overrides applied.
    """
    if not isinstance(given.get("base"), dict) or not isinstance(changed.get("base"), dict):
        return dict(changed), []
    base, dropped = fit_swaps(given["base"], changed["base"], experiment_class())
    return {**changed, "base": base}, dropped


def _ordered(value: Any, lines: Mapping[str, int], path: str) -> Any:
    if not isinstance(value, dict):
        return value
    paths = {key: f"{path}.{key}" if path else key for key in value}
    keys = sorted(value, key=lambda key: (lines.get(paths[key], float("inf")), key))
    return {key: _ordered(value[key], lines, paths[key]) for key in keys}
