"""Search spaces from the annotations of the components in a config."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from typing import Any, get_args

from spanreg.registry import Argument, ConfigurationError, FromParams, Registrable, Search, signature_of
from spanreg.registry.source.classes import current, is_stand_in
from spanreg.studies.define.spaces.value_range import SpaceValues, ValueRange
from spanreg.training.config.experiment_plan import experiment_class

_ALWAYS = "training"
"The section of a config that counts even if the config leaves it out: all its keys have defaults."


def default_space(config: Mapping[str, Any]) -> dict[str, SpaceValues]:
    """Return the values that a search tries by default, by key of a config.

    They are those that the components in the config name for their arguments by ``Annotated[..., Search(...)]``.

    ``default_space({"data": "demo", "encoder": "tiny"})["training.learning_rate"].high``
    """
    return {
        key: _values(argument.annotation, argument.search) for key, argument in arguments_of(config) if argument.search
    }


def takes(config: Mapping[str, Any], key: str) -> bool:
    """Return whether the components of a config have an argument for a key, such as ``aggregator.kernel_size``."""
    return any(key == known for known, _ in arguments_of(config))


def arguments_of(config: Mapping[str, Any]) -> Iterator[tuple[str, Argument]]:
    """Yield every argument of the components in a config, with its key.

    Components in lists are left out: a key path of a search cannot name an item of a list.
    """
    yield from _arguments_of(experiment_class(), config, "")


def _arguments_of(target: Any, given: Any, prefix: str) -> Iterator[tuple[str, Argument]]:
    values = given if isinstance(given, Mapping) else {}
    for argument in signature_of(target).arguments:
        key, value = f"{prefix}{argument.name}", values.get(argument.name)
        yield key, argument
        if value is not None or key == _ALWAYS:
            found = _class_of(argument.annotation, value)
            yield from () if found is None else _arguments_of(found, value, f"{key}.")


def _class_of(annotation: Any, value: Any) -> Any:
    """Return the class or constructor that a value of this type is made by; None if it is not a component."""
    cls = current(annotation)
    if not isinstance(cls, type):
        return next((found for member in get_args(annotation) if (found := _class_of(member, value))), None)
    if issubclass(cls, Registrable):
        named = value.get("type") if isinstance(value, Mapping) else value
        try:
            target, constructor = cls.find(str(named or cls.default_implementation))
        # The check of the whole config reports a wrong name; here it only has no keys to search.
        except (ConfigurationError, TypeError):
            return None
        return getattr(target, constructor) if constructor else target
    # Any other class, such as ``Path``, is a value without keys.
    return cls if is_stand_in(cls) or is_dataclass(cls) or issubclass(cls, FromParams) else None


def _values(annotation: Any, search: Search) -> SpaceValues:
    """Return the alternatives or the range that an annotation marks."""
    if search.choices:
        return list(search.choices)
    assert search.low is not None
    assert search.high is not None
    return ValueRange(search.low, search.high, search.log, _is_integer(annotation), search.step)


def _is_integer(annotation: Any) -> bool:
    return annotation is int or any(member is int or _is_integer(member) for member in get_args(annotation))
