"""Study files: recognizing them, and keeping the order of their arms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanreg.registry import DroppedKey, Params, fit_swaps, signature_of, stand_in
from spanreg.studies.define.patches import PATCH
from spanreg.training.config.experiment_plan import experiment_class
from spanreg.training.config.forms.current import current_config, resolved_config
from spanreg.training.config.forms.upgrades import FORM, SCHEMA, schema_of, upgraded


def is_study(values: Mapping[str, Any]) -> bool:
    """Return whether a file holds a study rather than a config: it has a base and no data."""
    return "base" in values and "data" not in values


def in_file_order(params: Params) -> dict[str, Any]:
    """Return a study's values with their keys in the order of the file.

    Jsonnet sorts keys by name, but the arms of a study are run and reported in their order. Keys whose line is not
    known follow, by name.
    """
    values = params.as_dict(quiet=True)
    if is_study(values):
        values = _in_current_schema(values, params.origin.file)
    ordered: dict[str, Any] = _ordered(values, params.origin.lines, "")
    return ordered


def _in_current_schema(study: Mapping[str, Any], file: str) -> dict[str, Any]:
    """Return a study without the key of its schema version, with base and patches in the schema of this version.

    Raises:
        ConfigurationError: the key is not a version, or a newer one.
    """
    schema = schema_of(study, file)
    found = {key: value for key, value in study.items() if key != FORM}
    if schema < SCHEMA:
        found["base"] = _upgraded(found["base"], schema, "base")
        arms = found.get("arms")
        if isinstance(arms, Mapping):
            found["arms"] = {name: _upgraded(arm, schema, f"arms.{name}") for name, arm in arms.items()}
    return found


def _upgraded(part: Any, schema: int, name: str) -> Any:
    """Return the base or an arm in the schema of this version."""
    if not isinstance(part, Mapping):
        return part
    if isinstance(patch := part.get(PATCH), Mapping):
        return {**part, PATCH: upgraded(patch, schema, name)}
    return upgraded(part, schema, name)


def resolved_study(study: Mapping[str, Any]) -> dict[str, Any]:
    """Return a study with its own defaults and those of its base; arms and axes stay as they are.

    Args:
        study: the values of a study without mistakes.
    """
    base = current_config(study["base"])
    # A study that leaves the data to its tasks has a base that is not a whole config.
    found = {**study, FORM: {"schema": SCHEMA}, "base": resolved_config(base) or base}
    # By a stand-in, since the module of the class imports this one.
    arguments = signature_of(stand_in("spanreg.studies.define.study", "StudyDefinition")).arguments
    defaults = {one.name: one.default for one in arguments if one.name not in found and not one.required}
    return {**found, **defaults}


def fit_base(given: Mapping[str, Any], changed: Mapping[str, Any]) -> tuple[dict[str, Any], list[DroppedKey]]:
    """Return a study whose overridden base has only keys that its components take, and the keys that were dropped.

    Args:
        given: values of the study file.
        changed: the same values with overrides applied.
    """
    # A base that is not an object is reported when the study is read.
    if not isinstance(given.get("base"), dict) or not isinstance(changed.get("base"), dict):
        return dict(changed), []
    base, dropped = fit_swaps(given["base"], changed["base"], experiment_class())
    return {**changed, "base": base}, dropped


def _ordered(value: Any, lines: Mapping[str, int], path: str) -> Any:
    """Return a value with the keys of its objects, at every depth, in the order of their lines."""
    if not isinstance(value, dict):
        return value
    paths = {key: f"{path}.{key}" if path else key for key in value}
    keys = sorted(value, key=lambda key: (lines.get(paths[key], float("inf")), key))
    return {key: _ordered(value[key], lines, paths[key]) for key in keys}
