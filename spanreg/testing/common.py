"""Laws of every family: what a config may expect."""

from __future__ import annotations

import enum
import json
import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from spanreg.registry import ConfigurationError, signature_of
from spanreg.testing.contract import Law, Subject, hold

CASES: list[dict[str, Any]] = [{}]
LAWS: list[Law] = []
"Of a family that has no laws of its own."

UNKNOWN_KEY = "a_key_that_nobody_takes"


def builds_from_its_config(subject: Subject) -> None:
    """Its config makes an instance of the class."""
    problems = subject.plan().problems
    hold(not problems, "; ".join(map(str, problems)))
    made = subject.make()
    hold(isinstance(made, subject.cls), f"{subject.chosen} makes a {type(made).__name__}")


def its_config_comes_back(subject: Subject) -> None:
    """``to_params`` gives the options back, in JSON, and they build the component once more."""
    config = subject.make().to_params().as_dict(quiet=True)
    json.dumps(config)
    for key, given in subject.config.items():
        hold(key in config, f"to_params does not give {key!r} back")
        if isinstance(given, str | int | float | None):
            hold(config[key] == given, f"to_params gives {config[key]!r} for {key!r}, and {given!r} was given")
    again = subject.base if "type" in config else subject.cls
    hold(isinstance(again.from_params(config, **subject.extras), subject.cls), f"{config} makes something else")


def unknown_keys_are_refused(subject: Subject) -> None:
    """A key that no argument takes is found before anything is built."""
    refused = any(problem.path == UNKNOWN_KEY for problem in subject.plan(**{UNKNOWN_KEY: 1}).problems)
    hold(refused, f"the key {UNKNOWN_KEY!r} is taken without a word, as by **kwargs that go nowhere")


def variations(subject: Subject) -> Iterator[tuple[str, Any, Any]]:
    """Components that differ from the subject in one option: its name, its value, the component.

    Of each option that is a truth value, a choice or a number one other value is tried; what the component refuses is
    left out.
    """
    plain = subject.make()
    for argument in signature_of(subject.cls).arguments:
        for value in _others(argument.annotation, subject.config.get(argument.name, argument.default)):
            if argument.name in subject.extras:
                continue
            try:
                made = subject.make(**{argument.name: value})
            except ConfigurationError:
                continue
            if type(made) is type(plain):
                yield argument.name, value, made


def _others(annotation: Any, now: Any) -> list[Any]:
    """Values that an option of this type could have instead."""
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
