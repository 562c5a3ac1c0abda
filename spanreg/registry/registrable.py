"""Registrable: a base class whose subclasses are known by name."""

from __future__ import annotations

import importlib
import inspect
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from spanreg.registry import index, plugins
from spanreg.registry.errors import ConfigurationError
from spanreg.registry.from_params import FromParams
from spanreg.registry.names import suggest
from spanreg.registry.sources import StandIn, current, key_of, line_of, stand_in

T = TypeVar("T")

Registered = tuple[Any, str | None]
"A class or a function, and the name of the constructor method, if any."

_lock = threading.RLock()


@dataclass(frozen=True, slots=True)
class Listed:
    """One registered name."""

    name: str
    module: str
    cls: str
    "Class or function, with the constructor method if there is one."
    summary: str
    "First line of the docstring."
    line: int
    "Where it is defined, counted from 1; 0 where that is not known."


class Registrable(FromParams):
    """Base of every family: subclasses register under a name, and a config asks for them by ``type``.

    Set ``default_implementation`` to the name that stands where a config names none.
    """

    _registry: ClassVar[defaultdict[type, dict[str, Registered]]] = defaultdict(dict)

    default_implementation: ClassVar[str | None] = None

    @classmethod
    def register(cls, name: str, constructor: str | None = None, exist_ok: bool = False) -> Callable[[T], T]:
        """Decorator: enters a subclass, or a function that gives an instance, under a name.

        Args:
            name: what a config writes as ``type``.
            constructor: a class method that is called in place of the class.
            exist_ok: whether the name may be taken from another class.

        Raises:
            ConfigurationError: the name belongs to another class. A class of the same module and name (a notebook
                cell that runs again) takes its place without a word.
        """

        def enter(subclass: T) -> T:
            with _lock:
                _refuse_duplicate(cls, name, subclass, exist_ok)
                Registrable._registry[cls][name] = (subclass, constructor)
            return subclass

        return enter

    @classmethod
    def by_name(cls, name: str) -> Callable[..., Any]:
        """What a name stands for: a class, a constructor method or a function.

        Raises:
            ConfigurationError: the name is not registered; the text has the nearest one.
        """
        target, constructor = cls.resolve_class_name(name)
        found: Callable[..., Any] = getattr(target, constructor) if constructor else target
        return found

    @classmethod
    def resolve_class_name(cls, name: str) -> Registered:
        """The class or function behind a name, and its constructor method; a dotted name is imported."""
        target, constructor = cls.find(name)
        if isinstance(target, type) and issubclass(target, StandIn):
            importlib.import_module(target.spanreg_source[0])
            target = current(target)
        return target, constructor

    @classmethod
    def find(cls, name: str) -> Registered:
        """Like ``resolve_class_name``, but a built-in that is not imported yet comes as its stand-in."""
        found = _registered(cls, name) or (_dotted(cls, name) if "." in name else None)
        if found is None:
            plugins.load_entry_points()
            found = _registered(cls, name)
        if found is None:
            hint = "; ".join(filter(None, (suggest(name, _names(cls), "registered"), plugins.whereabouts(name))))
            raise ConfigurationError(f"'{name}' is not registered for {cls.__name__}", hint=hint)
        return found

    @classmethod
    def list_available(cls) -> list[str]:
        """Registered names, the default first.

        Raises:
            ConfigurationError: the default implementation is not registered.
        """
        plugins.load_entry_points()
        names = _names(cls)
        default = cls.default_implementation
        if default is None:
            return names
        if default not in names:
            raise ConfigurationError(
                f"the default implementation '{default}' of {cls.__name__} is not registered", hint="register it"
            )
        return [default, *(name for name in names if name != default)]

    @classmethod
    def describe_available(cls) -> list[Listed]:
        """What stands behind each registered name; built-ins that are not imported stay so."""
        return [_listed(name, *cls.find(name)) for name in cls.list_available()]

    def _to_params(self) -> dict[str, Any]:
        """As in ``FromParams``, with the registered name in front."""
        values = super()._to_params()
        if "type" in values:
            return values
        bases = (base for base in type(self).__mro__ if base in Registrable._registry)
        names = (name for base in bases for name, (cls, _) in Registrable._registry[base].items() if cls is type(self))
        name = next(names, None)
        return {"type": name, **values} if name else values


def is_base(cls: type) -> bool:
    """Whether a config for this class has a ``type`` to choose by."""
    if not issubclass(cls, Registrable):
        return False
    return Registrable in cls.__bases__ or bool(Registrable._registry.get(current(cls))) or bool(index.entries_of(cls))


@contextmanager
def snapshot() -> Iterator[None]:
    """Puts the registry back as it was, for tests."""
    with _lock:
        kept = {base: dict(names) for base, names in Registrable._registry.items()}
    try:
        yield
    finally:
        with _lock:
            Registrable._registry.clear()
            Registrable._registry.update(kept)


def _registered(cls: type, name: str) -> Registered | None:
    with _lock:
        found = Registrable._registry.get(current(cls), {}).get(name)
    if found is not None:
        return found
    entry = index.entries_of(cls).get(name)
    return (stand_in(entry.module, entry.cls), entry.constructor) if entry else None


def _names(cls: type) -> list[str]:
    return list(dict.fromkeys([*index.entries_of(cls), *Registrable._registry.get(current(cls), {})]))


def _dotted(cls: type, name: str) -> Registered:
    """A class, a function or a class method by its full path."""
    found = plugins.import_dotted(name)
    if inspect.ismethod(found) and isinstance(found.__self__, type):
        return found.__self__, found.__name__
    base = current(cls)
    if isinstance(found, type) and not issubclass(base, StandIn) and not issubclass(found, base):
        raise ConfigurationError(f"'{name}' is no {cls.__name__}", hint=f"name a subclass of {cls.__name__}")
    if not callable(found):
        raise ConfigurationError(f"'{name}' cannot be called", hint="name a class or a function")
    return found, None


def _refuse_duplicate(cls: type, name: str, subclass: Any, exist_ok: bool) -> None:
    known = _registered(cls, name)
    if known is None or _full_name(known[0]) == _full_name(subclass):
        return
    if not exist_ok:
        classes = f"by {_full_name(known[0])}, and now by {_full_name(subclass)}"
        problem = f"'{name}' is already registered for {cls.__name__}: {classes}"
        raise ConfigurationError(problem, hint="choose another name, or pass exist_ok=True to replace it")
    if isinstance(known[0], type) and issubclass(known[0], StandIn):
        # imported now, so that its own registration cannot come later and take the name back
        importlib.import_module(known[0].spanreg_source[0])


def _listed(name: str, target: Any, constructor: str | None) -> Listed:
    module, _, cls = (
        key_of(target).partition(":") if isinstance(target, type) else (target.__module__, "", target.__name__)
    )
    summary = (inspect.getdoc(target) or "").partition("\n")[0]
    return Listed(name, module, f"{cls}.{constructor}" if constructor else cls, summary, line_of(target))


def _full_name(target: Any) -> str:
    if isinstance(target, type):
        return key_of(target).replace(":", ".")
    return f"{getattr(target, '__module__', '')}.{getattr(target, '__qualname__', target)}"
