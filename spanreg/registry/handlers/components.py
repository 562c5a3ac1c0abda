"""Plan components: select the class that a config names, and plan the arguments of its constructor."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, get_args, get_origin

from spanreg.registry.errors import ConfigurationError
from spanreg.registry.from_params import FromParams, overrides_from_params
from spanreg.registry.lazy import Lazy
from spanreg.registry.marks import Mark
from spanreg.registry.names import path_of_key, shown_name, spell_type, spell_value, suggest, with_article
from spanreg.registry.planning.annotations import REQUIRED, bindings_of
from spanreg.registry.planning.nodes import (
    CollectionNode,
    ConstructorCall,
    FromParamsCall,
    InheritedArgument,
    PlanNode,
    ReadyValue,
    UndeclaredValue,
)
from spanreg.registry.planning.plan import INVALID, PlanContext, RootClass, handles, plan_value
from spanreg.registry.planning.signatures import Argument, Signature, signature_of
from spanreg.registry.registrable import Registrable, is_base, names_handed_down, registered_names
from spanreg.registry.source.classes import (
    UNKNOWN_DEFAULT,
    can_be_called,
    constants_of,
    current,
    is_indexed,
    is_stand_in,
)
from spanreg.registry.trust import references

FOREIGN = {
    "_target_": "Hydra's '_target_' is 'type' here: a registered name, or package.module.Class",
    "class_path": "LightningCLI's 'class_path' is 'type' here, and its 'init_args' are keys of the same object",
    "_pretrained": "AllenNLP's '_pretrained' is not supported: give the component's own config",
}
"Keys in configs of other packages, and what to use instead."


@dataclass(frozen=True, slots=True)
class CallTarget:
    """The class, constructor method or function that a config selects.

    ``choose(Segmenter, {"type": "max_match"})[0].name``
    """

    owner: Any
    "A class, the stand-in of one, or a function."
    constructor: str | None = None
    "Name of a class method that is called instead of the class."

    @property
    def name(self) -> str:
        """Name of the class, constructor method or function, for messages."""
        own = shown_name(self.owner)
        return f"{own}.{self.constructor}" if self.constructor else own

    @property
    def takes_null(self) -> bool:
        """True if null is accepted, with a warning, for any argument with a default, as in AllenNLP.

        Built-in components annotate every argument that may be None, so a null elsewhere is a mistake.
        """
        is_ported = not isinstance(self.owner, type) or issubclass(self.owner, FromParams)
        return is_ported and not is_indexed(self.owner)

    def signature(self, bindings: Mapping[Any, Any]) -> Signature:
        """Return the signature of the call."""
        if self.constructor:
            return signature_of(getattr(self.owner, self.constructor), self.owner, bindings)
        return signature_of(self.owner, None, bindings)


@handles(object)
@handles(FromParams, subclasses=True)
def plan_component(annotation: Any, value: Any, context: PlanContext) -> PlanNode:
    """Plan a class: a family selects one by ``type``, any other class is built from its annotated arguments."""
    cls = current(get_origin(annotation) or annotation)
    if getattr(cls, "_is_protocol", False) or isinstance(value, cls):
        return ReadyValue(value)
    # A function in place of a callable object, as torch's modules are.
    is_called = any("__call__" in vars(base) for base in cls.__mro__)
    if is_called and callable(value) and not isinstance(value, type):
        return ReadyValue(value)
    if not can_be_called(cls):
        return _plan_constant(cls, value, context)
    # A bare string is the name of a component, unless the class is built from a string itself.
    if isinstance(value, str) and (issubclass(cls, Registrable) or _may_name_subclass(cls, value)):
        value, context = {"type": value}, replace(context, bare=True)
    if not isinstance(value, Mapping):
        return _no_object(cls, value, context)
    # A class that builds itself may have any keys, so it checks them itself.
    if overrides_from_params(cls):
        return FromParamsCall(cls, None, dict(value), context.position, context.origin, chosen=False)
    return _plan_chosen(cls, dict(value), context, bindings_of(annotation))


def _plan_constant(cls: type, value: Any, context: PlanContext) -> PlanNode:
    """Plan an instance of a class without a constructor, such as ``torch.dtype``: a config gives its name."""
    constants = constants_of(cls)
    name = value.removeprefix(f"{cls.__module__}.") if isinstance(value, str) else None
    if name in constants:
        return ReadyValue(constants[name])
    hint = suggest(str(name), constants, "choices") if constants else f"a config cannot give a {cls.__name__}"
    return context.mismatch(value, hint=hint)


def _may_name_subclass(cls: type, value: Any) -> bool:
    """Return whether a value can be the dotted name of a subclass of a class that is not registrable."""
    if cls.__module__ == "builtins" or not isinstance(value, str) or "." not in value:
        return False
    # A class with arguments of its own is built itself; one without, such as torch.nn.Module, may be a mere base.
    signature, package = signature_of(cls), value.partition(".")[0]
    return signature.readable and not signature.names and (package in sys.modules or references.is_trusted(value))


def _no_object(cls: type, value: Any, context: PlanContext) -> PlanNode:
    """Report a value that is not the config of a class; accept it for a class whose arguments are unknown."""
    if issubclass(cls, Registrable):
        return context.mismatch(value, hint=f"give the name or the config of {with_article(cls.__name__)}")
    signature = signature_of(cls)
    if not signature.readable:
        return ReadyValue(value)
    arguments = ", ".join(signature.names)
    return context.mismatch(value, hint=f"give an object with {arguments}" if arguments else "give {}")


@handles(RootClass)
def plan_root(rooted: Any, value: Any, context: PlanContext) -> PlanNode:
    """Plan the class whose ``from_params`` was called."""
    cls = current(rooted.cls)
    if rooted.call is None and rooted.inspect is None:
        return _plan_chosen(cls, value, context, bindings_of(cls))
    call = rooted.call or cls
    return _plan_call(CallTarget(call), signature_of(rooted.inspect or call, cls, bindings_of(cls)), value, context)


def _plan_chosen(cls: type, given: dict[str, Any], context: PlanContext, bindings: Mapping[Any, Any]) -> PlanNode:
    try:
        target, rest = choose(cls, given)
    except ConfigurationError as error:
        return (context.at("type") if "type" in given and not context.bare else context).report_error(error)
    # Not for the class itself, whose own ``from_params`` may have called this by ``super().from_params``.
    if target.owner is not cls and overrides_from_params(target.owner):
        return FromParamsCall(target.owner, target.constructor, rest, context.position, context.origin)
    try:
        signature = target.signature({**bindings_of(target.owner), **bindings})
    except ConfigurationError as error:  # an annotation has an unknown name
        raise error.under(context.path, context.position.file, context.position.line) from error.__cause__
    node = _plan_call(target, signature, rest, context)
    # With its ``type``, so that ``to_params`` returns the config as it was given.
    return replace(node, given=given) if isinstance(node, ConstructorCall) else node


def choose(cls: type, given: Mapping[str, Any]) -> tuple[CallTarget, dict[str, Any]]:
    """Return the class or function that a config selects, and the keys for its arguments.

    Raises:
        ConfigurationError: the ``type`` is missing or not registered.
    """
    rest = dict(given)
    if not is_base(cls):
        if "type" not in rest or "type" in signature_of(cls).names:
            return CallTarget(cls), rest
        if rest["type"] in registered_names(cls):
            del rest["type"]
        elif _may_name_subclass(cls, rest["type"]):
            name = rest.pop("type")
            # Unlike a family's member, it must not merely be imported: too many classes descend from torch.nn.Module.
            if not references.is_trusted(name):
                raise references.not_included(name)
            return CallTarget(references.find_class(name, cls)), rest
        # Any other ``type`` remains among the keys, where it is reported as unknown.
        return CallTarget(cls), rest
    assert issubclass(cls, Registrable)
    name = rest.pop("type", cls.default_implementation)
    if name is None:
        known = cls.list_available()
        hint = f"add one: {', '.join(known[:9])}" if known else "register a subclass, or include the package that does"
        foreign = next((f"{FOREIGN[key]}; " for key in rest if key in FOREIGN), "")
        raise ConfigurationError(f"{cls.__name__} needs a 'type'", hint=f"{foreign}{hint}")
    if not isinstance(name, str):
        raise ConfigurationError(f"is {spell_value(name)}", hint=f"give the name of a {cls.__name__}")
    return CallTarget(*cls.find(name)), rest


def _plan_call(target: CallTarget, signature: Signature, given: dict[str, Any], context: PlanContext) -> PlanNode:
    """Plan every argument of a call, and every further key."""
    before = len(context.problems)
    # A stand-in has no method bodies, so these are found in the real class only.
    if target.constructor is None and not is_stand_in(target.owner) and (missing := unwritten(target.owner)):
        methods = ", ".join(missing)
        context.report(f"{target.name} has no {methods}", f"implement {methods}")
    if not is_stand_in(target.owner):
        for name, found, wanted in members_of_another_kind(target.owner):
            context.report(f"{target.name}.{name} is a {found}, and its base class has a {wanted}", f"write a {wanted}")
    for name in signature.unreachable:
        context.report(f"{target.name} does not pass '{name}' to its superclass", "pass it by position")
    planned: dict[str, PlanNode] = {}
    for argument in signature.arguments:
        node = _plan_argument(target, signature, argument, given, context)
        if node is not None:
            planned[argument.name] = node
    named = {argument.name for argument in signature.arguments}
    leftovers = {key: _plan_further(target, signature, key, given, context) for key in given if key not in named}
    if len(context.problems) == before:
        _check_relations(signature, given, context)
    if len(context.problems) > before:
        return INVALID
    # AllenNLP constructs arguments of superclasses first, which decides the order of random numbers.
    in_order = {name: planned[name] for name in signature.order if name in planned}
    positional, keywords = _split(signature, {**in_order, **leftovers})
    # ``**kwargs`` alone are not readable either, but a Python constructor accepts them, so its errors are bugs.
    is_checked = signature.readable or _has_python_constructor(target.owner)
    return ConstructorCall(target.owner, target.constructor, positional, keywords, context.position, given, is_checked)


def _check_relations(signature: Signature, given: Mapping[str, Any], context: PlanContext) -> None:
    """Report arguments whose values, given or by default, exclude each other."""
    for argument, other, relation in signature.relations:
        # What an outer component passes is not known yet, and neither is a default that only running code computes.
        absent = [one for one in (argument, other) if one.name not in given]
        if any(one.mark is not Mark.CONFIG or one.name in context.extras for one in absent):
            continue
        value, bound = (given.get(one.name, one.default) for one in (argument, other))
        unknown = any(one is REQUIRED or one is UNKNOWN_DEFAULT for one in (value, bound))
        conflict = None if unknown else relation.conflict(argument.name, value, bound)
        if conflict is not None:
            context.at(argument.name if argument.name in given else other.name).report(*conflict)


def _has_python_constructor(owner: Any) -> bool:
    own = (vars(base).get(name) for base in getattr(owner, "__mro__", ()) for name in ("__init__", "__new__"))
    return not isinstance(owner, type) or any(inspect.isfunction(getattr(one, "__func__", one)) for one in own)


def _plan_further(
    target: CallTarget, signature: Signature, key: Any, given: Mapping[str, Any], context: PlanContext
) -> PlanNode:
    """Plan the value of a key that no argument names."""
    here, value = context.at(key), given[key]
    if not isinstance(key, str):
        return here.report(f"the key is {spell_value(key)}", "give a string")
    if key in signature.reserved:
        return here.report(f"is set by {target.name} itself", "remove it, or use another name")
    if signature.rest is None and key not in signature.taken:
        # Every component may have a ``type``, so that of another one is not meant.
        place = "" if key == "type" or key in FOREIGN else path_of_key(given, key)
        place = f"{context.path}.{place}" if place and context.path else place
        known = suggest(key, signature.names, "arguments", none=f"{target.name} takes no arguments", place=place)
        # The key may come from the config of another package, where another name has its meaning.
        hint = f"{FOREIGN[key]}; {known}" if key in FOREIGN else known
        return here.report(f"is not an argument of {target.name}", hint)
    if signature.rest in (None, Any):
        return UndeclaredValue(value, here.position, context.origin)
    return plan_value(signature.rest, value, here)


def _plan_argument(
    target: CallTarget, signature: Signature, argument: Argument, given: Mapping[str, Any], context: PlanContext
) -> PlanNode | None:
    """Plan one argument; return None to use its default."""
    name = argument.name
    is_default = name not in given and name not in context.extras and not argument.required
    if is_default and not context.deferred and argument.mark is Mark.CONFIG:
        # Most arguments of most calls: a study of ten thousand arms plans half a million of them.
        return None
    here = context.at(name)
    # ``*parts: Part`` takes a list of parts.
    is_star = argument.kind is inspect.Parameter.VAR_POSITIONAL
    handed = InheritedArgument(name, target.name, here.position, argument.default)
    if argument.mark is Mark.RUNTIME:
        if name in given:
            here.report("is known only at run time", "remove it")
        return handed
    if name in given:
        annotation = list[argument.annotation] if is_star else argument.annotation  # type: ignore[name-defined]
        if given[name] is None and not argument.required and target.takes_null:
            return _plan_null(annotation, here)
        return plan_value(annotation, given[name], here)
    if argument.mark is Mark.INHERITED or name in context.extras:
        return handed
    # Inside a ``Lazy``, a missing argument may still be passed, unless marks say which arguments come at run time.
    if argument.required and (signature.marked or context.complete or not context.deferred):
        return here.report("is required and missing", f"add it: {spell_type(argument.annotation)}")
    return handed if context.deferred and not is_star else None


def _plan_null(annotation: Any, context: PlanContext) -> PlanNode:
    """Plan null for an argument with a default: accept it as AllenNLP does, but warn if its type excludes null."""
    trial = context.trial()
    node = plan_value(annotation, None, trial)
    if not trial.problems:
        return node
    hint = f"give {spell_type(annotation)}, remove it, or annotate the argument as optional"
    context.warnings.append(
        context.position.problem("is null, which its type does not allow; None is passed anyway", hint)
    )
    return ReadyValue(None)


def _split(
    signature: Signature, planned: dict[str, PlanNode]
) -> tuple[tuple[PlanNode, ...], tuple[tuple[str, PlanNode], ...]]:
    """Return positional and keyword arguments; only those that precede ``*args`` or have no name are positional."""
    kinds = inspect.Parameter
    stars = [one.kind is kinds.VAR_POSITIONAL and one.name in planned for one in signature.arguments]
    star = stars.index(True) if True in stars else -1
    positional: list[PlanNode] = []
    for position, argument in enumerate(signature.arguments):
        if position == star:
            positional.append(planned.pop(argument.name))
        elif argument.kind is kinds.POSITIONAL_ONLY or position < star:
            # A list of one, because ``ConstructorCall`` joins lists: ``*args`` are a list as well.
            positional.append(CollectionNode(list, (planned.pop(argument.name, ReadyValue(argument.default)),)))
    return tuple(positional), tuple(planned.items())


@dataclass(frozen=True, slots=True)
class LazyNode(PlanNode):
    """A component that ``Lazy.construct`` constructs later.

    ``plan_value(Lazy[Encoder], {"type": "tiny"}, PlanContext())`` returns one.
    """

    annotation: Any
    given: Any
    inner: PlanNode

    def construct(self, extras: Mapping[str, Any]) -> Any:
        return Lazy.planned(self.annotation, self.given, self.inner, extras)


@handles(Lazy)
def plan_lazy(annotation: Any, value: Any, context: PlanContext) -> PlanNode:
    """Plan a config that is checked now and constructed by ``Lazy.construct``."""
    if isinstance(value, Lazy):
        return ReadyValue(value)
    wanted = (get_args(annotation) or (Any,))[0]
    names = names_handed_down(wanted)
    complete = names is not None and (context.complete or not context.deferred)
    inside = replace(context, deferred=True, complete=complete, extras=context.extras | frozenset(names or ()))
    return LazyNode(wanted, value, plan_value(wanted, value, inside))


def unwritten(target: Any) -> list[str]:
    """Return the abstract methods that a class does not implement.

    Python checks this only for classes whose metaclass is ``ABCMeta``; elsewhere such a method silently returns None.
    """
    # From the outermost base inwards, so that a method of a subclass replaces the abstract one.
    found: dict[str, Any] = {}
    for base in reversed(target.__mro__ if isinstance(target, type) else ()):
        found.update(vars(base))
    return [name for name, member in found.items() if getattr(member, "__isabstractmethod__", False) is True]


def members_of_another_kind(target: Any) -> Iterator[tuple[str, str, str]]:
    """Yield the methods of a family that a class overrides by a property or a value, and properties by a method.

    Yields:
        Name of the member, what the class has, and what its base class has.
    """
    kinds: dict[str, str] = {}
    for base in reversed(target.__mro__ if isinstance(target, type) else ()):
        # Other packages' classes, such as torch.nn.Module, may do as they like.
        for name, member in vars(base).items() if issubclass(base, Registrable) else ():
            kind = _kind_of_member(member)
            if name in kinds and not name.startswith("__") and {kind, kinds[name]} in _CONFLICTS:
                yield name, kind, kinds[name]
            kinds[name] = kind


_CONFLICTS = ({"property", "method"}, {"value", "method"})
"A value may take the place of a property."


def _kind_of_member(member: Any) -> str:
    if isinstance(member, property | cached_property):
        return "property"
    if inspect.isfunction(member) or isinstance(member, classmethod | staticmethod):
        return "method"
    # Anything that can be called, or is a descriptor of another kind, may act as either.
    return "other" if callable(member) or hasattr(member, "__get__") else "value"


def constructor_of(cls: type, given: Mapping[str, Any]) -> tuple[CallTarget, Signature]:
    """Return the class or function that a checked config selects, and its signature."""
    target, _ = choose(current(cls), given)
    return target, target.signature(bindings_of(cls))
