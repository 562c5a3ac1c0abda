"""Resolve the config of an experiment: every default filled in, also those of components that it does not name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from spanreg.registry import Params, plan_params, stand_in
from spanreg.registry.handlers.resolution import DEFAULT, GIVEN, KeyPath, ResolvedValue, resolve
from spanreg.training.config.forms.root import experiment_class


def resolve_values(given: Mapping[str, Any]) -> ResolvedValue | None:
    """Return all keys of a config, each with its value or default; None for a config with wrong keys or types.

    ``resolve_values(config).config()["training"]["warmup"]``

    The head stays null where the config has none: the default depends on the task, which run time knows.
    """
    implied = implied_parts(given)
    whole = _merged(given, implied)
    plan = plan_params(experiment_class(), Params(whole))
    if plan.problems:
        return None
    paths = {(key,) for key in implied} | {("training", key) for key in implied["training"]}
    return _as_default(resolve(plan, whole), {path for path in paths if _missing(given, path)})


def implied_parts(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts that run time uses where a config leaves them out or has null."""
    dictionary = given.get("dictionary")
    # The first three are repeated from ``assembly`` and ``model.parts``, which import torch.
    return {
        "segmenter": {"type": "single" if dictionary is None else "max_match"},
        "aggregator": {"type": "none"},
        "fusion": {"type": "concat"},
        "training": {
            "optimizer": {"type": _default_of("optimizers", "Optimizer")},
            "schedule": {"type": _default_of("schedules", "Schedule")},
        },
    }


def _default_of(folder: str, family: str) -> str:
    base: Any = stand_in(f"spanreg.{folder}.base", family)
    return str(base.default_implementation)


def _merged(given: Mapping[str, Any], implied: Mapping[str, Any]) -> dict[str, Any]:
    """Return a config with implied parts in place of missing ones; ``training`` is merged key by key."""
    whole = dict(given)
    for key, part in implied.items():
        if whole.get(key) is None:
            whole[key] = part
        elif key == "training" and isinstance(whole[key], Mapping):
            whole[key] = _merged(whole[key], part)
    return whole


def _missing(given: Any, path: KeyPath) -> bool:
    """Return whether a config has no value, or null, at a path."""
    for key in path:
        given = given.get(key) if isinstance(given, Mapping) else None
    return given is None


def _as_default(value: ResolvedValue, paths: set[KeyPath], inside: bool = False) -> ResolvedValue:
    """Return a value in which everything at or below some paths is a default."""
    inside = inside or value.path in paths
    children = tuple(_as_default(child, paths, inside) for child in value.children)
    source = DEFAULT if inside and value.source == GIVEN else value.source
    return replace(value, children=children, source=source)
