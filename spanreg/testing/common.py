"""Laws of all families, about construction from a config."""

from __future__ import annotations

import enum
import json
import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from spanreg.registry import ConfigurationError, signature_of
from spanreg.testing.contract import ComponentCase, Law, require

CASES: list[dict[str, Any]] = [{}]
LAWS: list[Law] = []
"The laws of a family without a module of laws: none."

UNKNOWN_KEY = "a_key_that_no_argument_has"


def builds_from_its_config(subject: ComponentCase) -> None:
    """The config constructs an instance of the class."""
    problems = subject.plan().problems
    require(not problems, "; ".join(map(str, problems)))
    made = subject.make()
    require(isinstance(made, subject.cls), f"{subject.chosen} constructs a {type(made).__name__}")


def its_config_comes_back(subject: ComponentCase) -> None:
    """``to_params`` returns the options as JSON values, and they construct the component again."""
    config = subject.make().to_params().as_dict(quiet=True)
    # Raises an error for a value that JSON does not have.
    json.dumps(config)
    for key, given in subject.config.items():
        require(key in config, f"to_params does not return {key!r}")
        if isinstance(given, str | int | float | None):
            require(config[key] == given, f"to_params returns {config[key]!r} for {key!r}, given was {given!r}")
    again = subject.base if "type" in config else subject.cls
    require(isinstance(again.from_params(config, **subject.extras), subject.cls), f"{config} constructs another class")


def unknown_keys_are_refused(subject: ComponentCase) -> None:
    """A key that is not an argument is reported before anything is constructed."""
    refused = any(problem.path == UNKNOWN_KEY for problem in subject.plan(**{UNKNOWN_KEY: 1}).problems)
    require(refused, f"the key {UNKNOWN_KEY!r} is accepted silently, as by unused **kwargs")


def variations(subject: ComponentCase) -> Iterator[tuple[str, Any, Any]]:
    """Yield name and value of a changed option, and the component constructed with it.

    One other value is tried for each option that is a bool, a choice or a number; values that the component rejects are
    skipped.
    """
    plain = subject.make()
    # One option at a time: all combinations would take too long for a test.
    for argument in signature_of(subject.cls).arguments:
        for value in _others(argument.annotation, subject.config.get(argument.name, argument.default)):
            if argument.name in subject.extras:
                continue
            try:
                made = subject.make(**{argument.name: value})
            except ConfigurationError:
                continue
            # A value may select another class, whose options are not this component's.
            if type(made) is type(plain):
                yield argument.name, value, made


def _others(annotation: Any, now: Any) -> list[Any]:
    """Return other values for an option of a type."""
    origin, members = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _others(members[0], now)
    if origin in (Union, types.UnionType):
        return [value for member in members for value in _others(member, now)]
    if origin is Literal:
        return [member for member in members if member != now]
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return [member.name for member in annotation if now not in (member, member.name)]
    if annotation is bool:
        return [not now]
    if annotation in (int, float):
        return [now + 1 if isinstance(now, int | float) else 2]
    return []
