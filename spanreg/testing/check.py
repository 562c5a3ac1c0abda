"""One call that holds a component to all laws of its family."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from spanreg.registry import ConfigurationError, Registrable
from spanreg.testing import common
from spanreg.testing.contract import BrokenLaw, ContractError, Law, Subject, judge, law_name

SUITES = {
    "spanreg.data.base": "readers",
    "spanreg.encoders.base": "encoders",
    "spanreg.words.base": "words",
    "spanreg.scorers.base": "scorers",
    "spanreg.dictionaries.base": "dictionaries",
    "spanreg.segmenters.base": "segmenters",
    "spanreg.aggregators.base": "aggregators",
    "spanreg.fusions.base": "fusions",
    "spanreg.heads.base": "heads",
    "spanreg.metrics.base": "metrics",
    "spanreg.optimizers.base": "optimizers",
    "spanreg.schedules.base": "schedules",
    "spanreg.callbacks.base": "callbacks",
}
"""Module of a family's base class: module of its laws, which is imported when it is asked for.

Such a module has ``LAWS``, may name those of them that the others presuppose in ``FORM``, and has ``CASES``: what run
time may hand down. A component must be built in one of the cases at
least, and keeps to the laws in every one in which it can be built. Other families have the common laws alone."""


def check_component(
    cls: type[Registrable], config: Mapping[str, Any] | None = None, *, tolerance: float = 1e-6, **extras: Any
) -> None:
    """Holds a component to the laws of its family, for use in a test; ``laws_of`` names them.

    The component is built many times from its config, by its registered name where it has one. What run time would hand
    down (widths, a number of labels, a small dictionary, texts) is at hand; give it as a keyword to have another.

    Args:
        cls: the class.
        config: its options, as a config would give them, without ``type``; those without a default at least.
        tolerance: how far two results may be apart that ought to be the same, in float64.
        extras: handed down by argument name, such as ``dim=12`` or ``dictionary=my_dictionary``.

    Raises:
        ContractError: an ``AssertionError`` that names every law that is broken, with what was seen.
        ConfigurationError: the class belongs to no family.
    """
    base, suite = _family(cls)
    subjects = [Subject(cls, base, dict(config or {}), {**case, **extras}, tolerance) for case in suite.CASES]
    refused = [judge(common.builds_from_its_config, subject) for subject in subjects]
    accepted = [subject for subject, broken in zip(subjects, refused, strict=True) if broken is None]
    judged = [judge(law, subject) for subject in accepted for law in laws_for(suite)] if accepted else refused[:1]
    found: dict[str, BrokenLaw] = {}
    for broken in judged:
        if broken is not None:
            found.setdefault(broken.law, broken)
    if found:
        form = [law_name(law) for law in getattr(suite, "FORM", ())]
        raise ContractError(cls.__name__, base.__name__, found.values(), form)


def laws_of(cls: type[Registrable]) -> list[str]:
    """Names of the laws that a component, or a family's base class, is held to.

    Raises:
        ConfigurationError: the class belongs to no family.
    """
    laws = [common.builds_from_its_config, *laws_for(_family(cls)[1])]
    return [law_name(law) for law in laws]


def laws_for(suite: Any) -> list[Law]:
    """The laws of all families that come after building, then those of one."""
    return [common.its_config_comes_back, common.unknown_keys_are_refused, *suite.LAWS]


def _family(cls: type[Registrable]) -> tuple[type[Registrable], Any]:
    """The base class and the module of its laws; that of the common ones where a family has none of its own."""
    for base in cls.__mro__:
        if base.__module__ in SUITES and Registrable in base.__mro__:
            return base, importlib.import_module(f"spanreg.testing.laws.{SUITES[base.__module__]}")
    bases = [base for base in cls.__mro__ if Registrable in base.__bases__]
    if not bases:
        raise ConfigurationError(f"{cls!r} belongs to no family", hint="give a subclass of a family's base class")
    return bases[0], common
