"""Check of a component against all laws of its family."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from spanreg.registry import ConfigurationError, Registrable
from spanreg.testing import common
from spanreg.testing.contract import BrokenLaw, ComponentCase, ContractError, Law, judge, law_name


def check_component(
    cls: type[Registrable], config: Mapping[str, Any] | None = None, *, tolerance: float = 1e-6, **extras: Any
) -> None:
    """Check a component against the laws of its family, for use in a test; ``laws_of`` lists them.

    The component is built many times from its config, by its registered name if it has one. The arguments of run time
    (widths, number of labels, a small dictionary, texts) have defaults; give one as a keyword to replace it.

    Example: ``check_component(MySegmenter, {"max_words": 3})``.

    Args:
        cls: the class of the component.
        config: its options as in a config, without ``type``; at least those that have no default.
        tolerance: largest difference of two float64 results that should be equal.
        extras: arguments of run time by name, such as ``dim=12`` or ``dictionary=my_dictionary``.

    Raises:
        ContractError: an ``AssertionError`` that lists all violated laws and the observed behaviour.
        ConfigurationError: the class belongs to no family.
    """
    base, suite = _family(cls)
    subjects = [ComponentCase(cls, base, dict(config or {}), {**case, **extras}, tolerance) for case in suite.CASES]
    refused = [judge(common.builds_from_its_config, subject) for subject in subjects]
    accepted = [subject for subject, broken in zip(subjects, refused, strict=True) if broken is None]
    # A component that cannot be built in any case would fail every law for the same reason: only that is reported.
    judged = [judge(law, subject) for subject in accepted for law in laws_for(suite)] if accepted else refused[:1]
    # One report for each law: the first case that violates it.
    found: dict[str, BrokenLaw] = {}
    for broken in judged:
        if broken is not None:
            found.setdefault(broken.law, broken)
    if found:
        form = [law_name(law) for law in getattr(suite, "FORM", ())]
        raise ContractError(cls.__name__, base.__name__, found.values(), form)


def laws_of(cls: type[Registrable]) -> list[str]:
    """Return the names of the laws for a component or a family's base class.

    Raises:
        ConfigurationError: the class belongs to no family.
    """
    laws = [common.builds_from_its_config, *laws_for(_family(cls)[1])]
    return [law_name(law) for law in laws]


def laws_for(suite: Any) -> list[Law]:
    """Return the laws of a family: those of all families, without the first about construction, then its own."""
    return [common.its_config_comes_back, common.unknown_keys_are_refused, *suite.LAWS]


def _family(cls: type[Registrable]) -> tuple[type[Registrable], Any]:
    """Return the base class of a component's family and the module with its laws.

    The module is named after the family's folder, as ``spanreg.testing.laws.words``. It has ``LAWS``, may list in
    ``FORM`` the laws that the others presuppose, and has ``CASES``: arguments that run time may pass. A component must
    be constructible in at least one case, and satisfies the laws in each case in which it is. A family without such a
    module has the common laws only.
    """
    for base in cls.__mro__:
        package, _, module = base.__module__.rpartition(".")
        if module == "base" and package.startswith("spanreg.") and Registrable in base.__mro__:
            # Imported when it is needed: the laws of one family may need torch, those of another do not.
            laws = f"spanreg.testing.laws.{package.removeprefix('spanreg.')}"
            if package.count(".") == 1 and find_spec(laws) is not None:
                return base, importlib.import_module(laws)
    bases = [base for base in cls.__mro__ if Registrable in base.__bases__]
    if not bases:
        raise ConfigurationError(f"{cls!r} belongs to no family", hint="give a subclass of a family's base class")
    return bases[0], common
