"""Neutral elements: the component that leaves a piece of a config out."""

from __future__ import annotations

from typing import Any, get_args

from spanreg.registry import ConfigurationError, Registrable, signature_of
from spanreg.registry.source.classes import current
from spanreg.training.config.experiment_plan import experiment_class


def neutral_of(key: str) -> str:
    """Return the registered name of the neutral element for a key of the config.

    Raises:
        ConfigurationError: the config has no such key, or its family has no neutral element.
    """
    known = neutral_elements()
    if key not in known:
        hint = f"keys that have one: {', '.join(known)}"
        raise ConfigurationError(f"'{key}' has no neutral element, so it cannot be left out", hint=hint)
    return known[key]


def neutral_elements() -> dict[str, str]:
    """Return the neutral elements by key of the config, in the order of the data flow."""
    arguments = signature_of(experiment_class()).arguments
    found = {argument.name: _neutral(argument.annotation) for argument in arguments}
    return {key: neutral for key, neutral in found.items() if neutral is not None}


def _neutral(annotation: Any) -> str | None:
    """Return the neutral element of the family in an annotation; None without a family or without an element."""
    # A stand-in has it as well, since it is a constant of the class; so nothing is imported.
    cls = current(annotation)
    if isinstance(cls, type) and issubclass(cls, Registrable):
        return getattr(cls, "neutral", None)
    return next(filter(None, map(_neutral, get_args(annotation))), None)
