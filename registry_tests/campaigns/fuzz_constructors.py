"""Random constructors and random keys: the plan says yes exactly when Python can make the call."""

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
    """Write a class with a random constructor; a subclass or a class method may hand its ``**kwargs`` on to it."""
    first = random.choice(["self", "self", "this", "self, /"])
    names = random.sample(NAMES, random.randint(0, 4))
    cuts = sorted(random.randint(0, len(names)) for _ in range(2))
    spelled = [f"{name}: int" for name in names]
    optional = random.randint(0, len(names))
    for place in range(optional, len(names)):
        spelled[place] += f" = {place}"
    parts = [first]
    if first != "self, /" and cuts[0]:
        parts += [*spelled[: cuts[0]], "/"]
    else:
        parts += spelled[: cuts[0]]
    parts += spelled[cuts[0] : cuts[1]]
    star = random.choice(["", "", "*args: int", "*rest: int"])
    if star or cuts[1] < len(names):
        parts += [star or "*", *spelled[cuts[1] :]]
    parts += random.choice([[], ["**kwargs: int"], ["**kwargs"], ["**options: int"]])
    head = ", ".join(parts)
    taken = [part.split(":")[0].strip("* ") for part in parts[1:] if part not in ("*", "/")]
    lines = [
        f"class Made{number}(FromParams):",
        f"    def __init__({head}) -> None:",
        f"        {first.split(',')[0]}.__dict__['made'] = [{', '.join(taken)}]",
    ]
    if random.random() < 0.3:
        own = random.choice(["extra: int = 0, ", "*, extra: int, ", ""])
        lines += [
            f"class Sub{number}(Made{number}):",
            f"    def __init__(self, {own}**kwargs) -> None:",
            "        super().__init__(**kwargs)",
        ]
    return "\n".join(lines) + "\n"


def compiled(source: str, number: int) -> Any:
    """Return the last class of the source, whose text ``inspect`` finds."""
    file = f"<constructor {number}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    names: dict[str, Any] = {"FromParams": FromParams, "__name__": __name__}
    exec(compile(source, file, "exec"), names)
    return names.get(f"Sub{number}", names[f"Made{number}"])


def can_be_called(cls: Any, config: dict[Any, Any]) -> bool:
    """Decide by a call whether a config fits a constructor: Python binds the arguments, and each must be an integer."""
    given = dict(config)
    if not all(isinstance(key, str) for key in given):
        return False
    parameters = list(inspect.signature(cls.__init__).parameters.values())
    positional: list[Any] = []
    for parameter in parameters[1:]:
        is_star = parameter.kind is KINDS.VAR_POSITIONAL and not _hides(parameter, parameters)
        if parameter.kind is KINDS.POSITIONAL_ONLY:
            if parameter.name not in given and parameter.default is KINDS.empty:
                return False
            positional.append(given.pop(parameter.name, parameter.default))
        elif is_star and parameter.name in given:
            # What comes before *args must be given by position, too.
            earlier = parameters[1 + len(positional) : parameters.index(parameter)]
            if any(one.name not in given and one.default is KINDS.empty for one in earlier):
                return False
            positional += [given.pop(one.name, one.default) for one in earlier]
            items = given.pop(parameter.name)
            if not isinstance(items, list):
                return False
            positional += items
    made = cls.__new__(cls)
    try:
        made.__init__(*positional, **given)
    except TypeError:
        return False
    names = [parameter for base in cls.__mro__[:-2] for parameter in _parameters_of(base)]
    typed = {parameter.name for parameter in names if parameter.annotation is not KINDS.empty}
    return all(_are_integers(value) for name, value in _held(made) if name in typed) and _are_integers(
        config[name] for name in ("extra",) if name in config and name in typed
    )


def _parameters_of(base: Any) -> list[inspect.Parameter]:
    return list(inspect.signature(vars(base)["__init__"]).parameters.values())[1:]


def _held(made: Any) -> Any:
    """The names of the innermost constructor with what they were given, every value in a list."""
    names = [parameter.name for parameter in _parameters_of(type(made).__mro__[-3])]
    for name, value in zip(names, made.made, strict=True):
        yield (
            name,
            value.values()
            if isinstance(value, dict) and name in ("kwargs", "options")
            else (value if isinstance(value, tuple) else [value]),
        )


def _hides(star: inspect.Parameter, parameters: list[inspect.Parameter]) -> bool:
    """Whether ``*args`` only passes on what comes, beside ``**kwargs``."""
    return star.name == "args" and any(parameter.kind is KINDS.VAR_KEYWORD for parameter in parameters)


def _are_integers(values: Any) -> bool:
    return all(type(value) is int for value in values)


def random_config(cls: Any, random: Random) -> dict[Any, Any]:
    """Draw keys: mostly the names of the constructor's parameters."""
    names = [name for base in cls.__mro__[:-2] for name in list(inspect.signature(base.__init__).parameters)[1:]]
    chosen = [name for name in names if random.random() < 0.8]
    chosen += random.sample(KEYS, random.choice([0, 0, 1, 2]))
    odd, plain = [1, "x", [4], [], {"a": 1}], [1, 2]
    values = {key: random.choice(odd if random.random() < 0.2 else plain) for key in chosen}
    return {key: [1] if key == "rest" and random.random() < 0.8 else value for key, value in values.items()}


def faults_of(cls: Any, config: dict[Any, Any]) -> list[str]:
    """Name every law that a constructor and a config break."""
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
        What is wrong, and how many configs were accepted.
    """
    random = Random(seed)
    found, accepted = [], 0
    for number in range(constructors):
        source = random_source(random, number)
        try:
            cls = compiled(source, number)
        except SyntaxError:  # a parameter without a default after one with
            continue
        for _ in range(3):
            config = random_config(cls, random)
            try:
                faults = faults_of(cls, config)
            except Exception as error:
                faults = [f"{type(error).__name__}: {error}"]
            accepted += not faults and can_be_called(cls, config)
            found += [f"{source}from {config}: {fault}" for fault in faults]
        linecache.cache.pop(f"<constructor {number}>", None)
    return found, accepted


def test_constructors(record_property: Callable[[str, object], None]) -> None:
    found, accepted = campaign(seed=5, constructors=CONSTRUCTORS)
    figures = f"{CONSTRUCTORS} constructors, three configs each, {accepted} accepted, {len(found)} faults"
    record_property("figures", figures)
    assert not found, "\n".join(found[:20])
