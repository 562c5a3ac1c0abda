"""Planning of components: which class a config means, and what its constructor is given."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args, get_origin

from spanreg.registry.errors import ConfigurationError
from spanreg.registry.from_params import overrides_from_params
from spanreg.registry.lazy import Lazy
from spanreg.registry.marks import Mark
from spanreg.registry.names import spell_type, spell_value, suggest
from spanreg.registry.nodes import Build, Collection, Custom, HandedDown, Node, Ready
from spanreg.registry.planning import NOTHING, Place, Rooted, handles, plan_value
from spanreg.registry.registrable import Registrable, is_base
from spanreg.registry.signatures import Argument, Signature, bindings_of, signature_of
from spanreg.registry.sources import current


@dataclass(frozen=True, slots=True)
class Target:
    """What a config asks to be called."""

    owner: Any
    "A class, the stand-in of one, or a function."
    constructor: str | None = None
    "Name of a class method that is called in place of the class."

    @property
    def name(self) -> str:
        """For error texts."""
        own = getattr(self.owner, "__name__", str(self.owner))
        return f"{own}.{self.constructor}" if self.constructor else own

    def signature(self, bindings: Mapping[Any, Any]) -> Signature:
        """What the call takes."""
        if self.constructor:
            return signature_of(getattr(self.owner, self.constructor), self.owner, bindings)
        return signature_of(self.owner, None, bindings)


@handles(object)
def plan_component(annotation: Any, value: Any, place: Place) -> Node:
    """Any class: a registrable is chosen by ``type``, every other one is built from its annotated arguments."""
    cls = current(get_origin(annotation) or annotation)
    if isinstance(value, cls):
        return Ready(value)
    given = _as_object(cls, value, place)
    if given is None:
        return NOTHING
    if overrides_from_params(cls):
        return Custom(cls, None, given, place.position)
    return _plan_chosen(cls, given, place, bindings_of(annotation))


@handles(Rooted)
def plan_root(rooted: Any, value: Any, place: Place) -> Node:
    """The class whose ``from_params`` was called."""
    cls = current(rooted.cls)
    if rooted.call is None and rooted.inspect is None:
        return _plan_chosen(cls, value, place, bindings_of(cls))
    call = rooted.call or cls
    signature = signature_of(rooted.inspect or call, cls, bindings_of(cls))
    return _plan_call(Target(call), signature, value, place)


def _plan_chosen(cls: type, given: dict[str, Any], place: Place, bindings: Mapping[Any, Any]) -> Node:
    try:
        chosen = choose(cls, given)
    except ConfigurationError as error:
        problem = error.problems[0]
        spot = place.at("type") if "type" in given else place
        return spot.report(problem.problem, problem.hint)
    target, rest = chosen
    if target.owner is not cls and overrides_from_params(target.owner):
        return Custom(target.owner, target.constructor, rest, place.position)
    bindings = {**bindings_of(target.owner), **bindings}
    node = _plan_call(target, target.signature(bindings), rest, place)
    return replace(node, given=given) if isinstance(node, Build) else node


def choose(cls: type, given: Mapping[str, Any]) -> tuple[Target, dict[str, Any]]:
    """The class or function that a config means, and the keys that are left for its arguments.

    Raises:
        ConfigurationError: no ``type`` where one is needed, or one that is not registered.
    """
    rest = dict(given)
    if not is_base(cls):
        if _names_itself(cls, rest.get("type")) and "type" not in signature_of(cls).names:
            del rest["type"]
        return Target(cls), rest
    assert issubclass(cls, Registrable)
    name = rest.pop("type", cls.default_implementation)
    if name is None:
        known = cls.list_available()
        hint = f"add one: {', '.join(known[:9])}" if known else "register a subclass, or include the package that does"
        raise ConfigurationError(f"{cls.__name__} needs a 'type'", hint=hint)
    if not isinstance(name, str):
        raise ConfigurationError(f"is {spell_value(name)}", hint=f"give the name of a {cls.__name__}")
    return Target(*cls.find(name)), rest


def _names_itself(cls: type, name: Any) -> bool:
    if not isinstance(name, str) or not issubclass(cls, Registrable):
        return False
    families = [base for base in cls.__mro__[1:] if issubclass(base, Registrable) and base is not Registrable]
    return any(name in family.list_available() and current(family.find(name)[0]) is cls for family in families)


def _as_object(cls: type, value: Any, place: Place) -> dict[str, Any] | None:
    """The config of a component; a bare string names one."""
    if isinstance(value, str) and issubclass(cls, Registrable):
        return {"type": value}
    if isinstance(value, Mapping):
        return dict(value)
    arguments = ", ".join(signature_of(cls).names)
    hint = (
        f"give the name or the config of a {cls.__name__}"
        if issubclass(cls, Registrable)
        else f"give an object with {arguments}"
    )
    place.report(f"is {spell_value(value)}", hint)
    return None


def _plan_call(target: Target, signature: Signature, given: dict[str, Any], place: Place) -> Node:
    """Every argument of the call, and every key that no argument takes."""
    before = len(place.problems)
    planned: dict[str, Node] = {}
    for argument in signature.arguments:
        node = _plan_argument(target, signature, argument, given, place)
        if node is not None:
            planned[argument.name] = node
    taken = {argument.name for argument in signature.arguments}
    for key in given:
        if key not in taken and signature.rest is not None:
            planned[key] = plan_value(signature.rest, given[key], place.at(key))
        elif key not in taken:
            place.at(key).report(f"is no argument of {target.name}", suggest(key, signature.names, "arguments"))
    if len(place.problems) > before:
        return NOTHING
    positional, keywords = _split(signature, planned)
    return Build(target.owner, target.constructor, positional, keywords, place.position, given)


def _plan_argument(
    target: Target, signature: Signature, argument: Argument, given: Mapping[str, Any], place: Place
) -> Node | None:
    """The node of one argument; None where its default will do."""
    name, here = argument.name, place.at(argument.name)
    handed = HandedDown(name, target.name, here.position, optional=not argument.required)
    if argument.mark is Mark.RUNTIME:
        if name in given:
            here.report("is known only at run time", "remove it")
        return handed
    if name in given:
        if argument.kind is inspect.Parameter.VAR_POSITIONAL:
            return plan_value(list[argument.annotation], given[name], here)  # type: ignore[name-defined]
        return plan_value(argument.annotation, given[name], here)
    if argument.mark is Mark.INHERITED or name in place.extras:
        return handed
    if argument.required and (signature.marked or not place.deferred):
        return here.report("is required and missing", f"add it: {spell_type(argument.annotation)}")
    return handed if place.deferred and argument.kind is not inspect.Parameter.VAR_POSITIONAL else None


def _split(signature: Signature, planned: dict[str, Node]) -> tuple[tuple[Node, ...], tuple[tuple[str, Node], ...]]:
    """Positional and keyword arguments; all go by keyword unless ``*args`` or positional-only ones force otherwise."""
    kinds = inspect.Parameter
    star = next(
        (
            index
            for index, one in enumerate(signature.arguments)
            if one.kind is kinds.VAR_POSITIONAL and one.name in planned
        ),
        -1,
    )
    positional: list[Node] = []
    for place, argument in enumerate(signature.arguments):
        if place == star:
            positional.append(planned.pop(argument.name))
        elif argument.kind is kinds.POSITIONAL_ONLY or place < star:
            positional.append(Collection(list, (planned.pop(argument.name, Ready(argument.default)),)))
    return tuple(positional), tuple(planned.items())


@dataclass(frozen=True, slots=True)
class LazyNode(Node):
    """A component that is constructed later."""

    annotation: Any
    given: Any
    inner: Node

    def construct(self, extras: Mapping[str, Any]) -> Any:
        return Lazy.planned(self.annotation, self.given, self.inner, extras)


@handles(Lazy)
def plan_lazy(annotation: Any, value: Any, place: Place) -> Node:
    """The config is checked now and constructed by ``Lazy.construct``."""
    if isinstance(value, Lazy):
        return Ready(value)
    wanted = (get_args(annotation) or (Any,))[0]
    node = plan_value(wanted, value, replace(place, deferred=True))
    return LazyNode(wanted, {"type": value} if isinstance(value, str) else value, node)


def constructor_of(cls: type, given: Mapping[str, Any]) -> tuple[Target, Signature]:
    """What a checked config calls, and its signature."""
    target, _ = choose(current(cls), given)
    return target, target.signature(bindings_of(cls))
