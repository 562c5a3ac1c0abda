"""Random constructors and random keys: the plan accepts a config exactly if Python can make the call."""

from __future__ import annotations

import inspect
import linecache
from collections.abc import Callable
from random import Random
from typing import Any

from spanreg.registry import ConfigurationError, FromParams, Lazy, plan_params

CONSTRUCTORS = 20_000
NAMES = ("a", "b", "params", "name", "cls", "type", "extras", "constructor", "given")
KEYS = (*NAMES, "self", "this", "args", "kwargs", "options", "a b", "", "é", "__class__", 3, None)
KINDS = inspect.Parameter


def random_source(random: Random, number: int) -> str:
    """Return the source of a class with a random constructor, and sometimes of a subclass with ``**kwargs``."""
    self_name = random.choice(["self", "self", "this", "self, /"])
    names = random.sample(NAMES, random.randint(0, 4))
    cuts = sorted(random.randint(0, len(names)) for _ in range(2))
    parameters = [f"{name}: int" for name in names]
    first_optional = random.randint(0, len(names))
    for place in range(first_optional, len(names)):
        parameters[place] += f" = {place}"
    parts = [self_name]
    if self_name != "self, /" and cuts[0]:
        parts += [*parameters[: cuts[0]], "/"]
    else:
        parts += parameters[: cuts[0]]
    parts += parameters[cuts[0] : cuts[1]]
    variadic = random.choice(["", "", "*args: int", "*rest: int"])
    if variadic or cuts[1] < len(names):
        parts += [variadic or "*", *parameters[cuts[1] :]]
    parts += random.choice([[], ["**kwargs: int"], ["**kwargs"], ["**options: int"]])
    signature = ", ".join(parts)
    arguments = [part.split(":")[0].strip("* ") for part in parts[1:] if part not in ("*", "/")]
    lines = [
        f"class Generated{number}(FromParams):",
        f"    def __init__({signature}) -> None:",
        f"        {self_name.split(',')[0]}.__dict__['arguments'] = [{', '.join(arguments)}]",
    ]
    if random.random() < 0.3:
        own_parameters = random.choice(["extra: int = 0, ", "*, extra: int, ", ""])
        lines += [
            f"class Subclass{number}(Generated{number}):",
            f"    def __init__(self, {own_parameters}**kwargs) -> None:",
            "        super().__init__(**kwargs)",
        ]
    return "\n".join(lines) + "\n"


def compile_class(source: str, number: int) -> Any:
    """Return the last class of the source, whose text is available to ``inspect``."""
    file = f"<constructor {number}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    names: dict[str, Any] = {"FromParams": FromParams, "__name__": __name__}
    exec(compile(source, file, "exec"), names)
    return names.get(f"Subclass{number}", names[f"Generated{number}"])


def can_be_called(cls: Any, config: dict[Any, Any]) -> bool:
    """Return whether a constructor accepts a config: Python binds the arguments, and each must be an integer."""
    arguments = dict(config)
    if not all(isinstance(key, str) for key in arguments):
        return False
    parameters = list(inspect.signature(cls.__init__).parameters.values())
    positional: list[Any] = []
    for parameter in parameters[1:]:
        is_star = parameter.kind is KINDS.VAR_POSITIONAL and not _passes_on(parameter, parameters)
        if parameter.kind is KINDS.POSITIONAL_ONLY:
            if parameter.name not in arguments and parameter.default is KINDS.empty:
                return False
            positional.append(arguments.pop(parameter.name, parameter.default))
        elif is_star and parameter.name in arguments:
            # Arguments before *args must be passed by position, too.
            earlier = parameters[1 + len(positional) : parameters.index(parameter)]
            if any(one.name not in arguments and one.default is KINDS.empty for one in earlier):
                return False
            positional += [arguments.pop(one.name, one.default) for one in earlier]
            items = arguments.pop(parameter.name)
            if not isinstance(items, list):
                return False
            positional += items
    instance = cls.__new__(cls)
    try:
        instance.__init__(*positional, **arguments)
    except TypeError:
        return False
    names = [parameter for base in cls.__mro__[:-2] for parameter in _parameters_of(base)]
    typed = {parameter.name for parameter in names if parameter.annotation is not KINDS.empty}
    return all(_are_integers(value) for name, value in _received(instance) if name in typed) and _are_integers(
        config[name] for name in ("extra",) if name in config and name in typed
    )


def _parameters_of(base: Any) -> list[inspect.Parameter]:
    """Return the parameters of the constructor of one class, without ``self``."""
    return list(inspect.signature(vars(base)["__init__"]).parameters.values())[1:]


def _received(instance: Any) -> Any:
    """Yield the parameters of the innermost constructor with a list of the values that each received."""
    names = [parameter.name for parameter in _parameters_of(type(instance).__mro__[-3])]
    for name, value in zip(names, instance.arguments, strict=True):
        yield (
            name,
            value.values()
            if isinstance(value, dict) and name in ("kwargs", "options")
            else (value if isinstance(value, tuple) else [value]),
        )


def _passes_on(variadic: inspect.Parameter, parameters: list[inspect.Parameter]) -> bool:
    """Return whether ``*args`` beside ``**kwargs`` only passes arguments on, so that no key is for it."""
    return variadic.name == "args" and any(parameter.kind is KINDS.VAR_KEYWORD for parameter in parameters)


def _are_integers(values: Any) -> bool:
    """Return whether all values are integers; booleans are not."""
    return all(type(value) is int for value in values)


def random_config(cls: Any, random: Random) -> dict[Any, Any]:
    """Draw a config, mostly with the names of the parameters as keys."""
    names = [name for base in cls.__mro__[:-2] for name in list(inspect.signature(base.__init__).parameters)[1:]]
    chosen = [name for name in names if random.random() < 0.8]
    chosen += random.sample(KEYS, random.choice([0, 0, 1, 2]))
    unusual_values, integers = [1, "x", [4], [], {"a": 1}], [1, 2]
    values = {key: random.choice(unusual_values if random.random() < 0.2 else integers) for key in chosen}
    return {key: [1] if key == "rest" and random.random() < 0.8 else value for key, value in values.items()}


def faults_of(cls: Any, config: dict[Any, Any]) -> list[str]:
    """Return the differences between plan, construction and Python for a config."""
    expected, before = can_be_called(cls, config), repr(config)
    plan = plan_params(cls, config)
    if (not plan.problems) != expected:
        return [f"the plan says {[str(problem) for problem in plan.problems] or 'yes'}, Python {expected}"]
    for construct in (lambda: cls.from_params(dict(config)), lambda: Lazy(cls, dict(config)).construct()):
        try:
            construct()
        except ConfigurationError as error:
            if expected:
                return [f"construct refuses: {error}"]
        else:
            if not expected:
                return ["construct accepts what the plan refuses"]
    return ["the config was changed"] * (repr(config) != before)


def campaign(seed: int, constructors: int) -> tuple[list[str], int]:
    """Try random constructors, three configs each.

    Returns:
        The faults, and the number of accepted configs.
    """
    random = Random(seed)
    faults_found, accepted = [], 0
    for number in range(constructors):
        source = random_source(random, number)
        try:
            cls = compile_class(source, number)
        except SyntaxError:  # a parameter without a default after one with
            continue
        for _ in range(3):
            config = random_config(cls, random)
            try:
                faults = faults_of(cls, config)
            except Exception as error:
                faults = [f"{type(error).__name__}: {error}"]
            accepted += not faults and can_be_called(cls, config)
            faults_found += [f"{source}from {config}: {fault}" for fault in faults]
        linecache.cache.pop(f"<constructor {number}>", None)
    return faults_found, accepted


def test_constructors(record_property: Callable[[str, object], None]) -> None:
    faults_found, accepted = campaign(seed=5, constructors=CONSTRUCTORS)
    figures = f"{CONSTRUCTORS} constructors, three configs each, {accepted} accepted, {len(faults_found)} faults"
    record_property("figures", figures)
    assert not faults_found, "\n".join(faults_found[:20])
