"""Registrable: a base class whose subclasses are known by name."""

from __future__ import annotations

import difflib
import inspect
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from spanreg.registry.errors import ConfigurationError
from spanreg.registry.from_params import FromParams
from spanreg.registry.names import suggest
from spanreg.registry.source import index
from spanreg.registry.source.classes import current, is_stand_in, line_of, load, stand_in
from spanreg.registry.trust import plugins, references

T = TypeVar("T")

RegisteredTarget = tuple[Any, str | None]
"A class or a function, and the name of the constructor method, if any."

_lock = threading.RLock()


@dataclass(frozen=True, slots=True)
class RegisteredName:
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

    Set ``default_implementation`` to the name that stands where a config names none, and ``handed_down`` to the names
    that ``Lazy.construct`` is given: any other required argument that is missing is then told of before construction.
    """

    _registry: ClassVar[defaultdict[type, dict[str, RegisteredTarget]]] = defaultdict(dict)

    default_implementation: ClassVar[str | None] = None
    handed_down: ClassVar[tuple[str, ...] | None] = None
    "None: not known; what a ``Lazy`` component lacks may then still come, unless its signature has marks."

    @classmethod
    def register(cls, name: str, constructor: str | None = None, exist_ok: bool = False) -> Callable[[T], T]:
        """Decorator: enters a subclass, or a function that gives an instance, under a name.

        Args:
            name: what a config writes as ``type``.
            constructor: a class method that is called in place of the class.
            exist_ok: whether the name may be taken from another class.

        Raises:
            ConfigurationError: the name belongs to another class, or is missing: ``@register`` without a call. A class
                of the same module and name (a notebook cell that runs again) takes its place without a word.
        """
        given: Any = name  # ``@register`` without a call gives the class
        if not isinstance(given, str):
            what = getattr(given, "__name__", repr(given))
            problem = f"{what} is registered for {cls.__name__} without a name"
            raise ConfigurationError(problem, hint=f'write @{cls.__name__}.register("{snake_case(what)}") above it')

        def enter(subclass: T) -> T:
            known = _registered(cls, name)
            if known is not None and exist_ok:
                # its own registration must not come later and take the name back
                load(known[0])
            with _lock:
                known = _registered(cls, name)
                if known is not None and not exist_ok and full_name(known[0]) != full_name(subclass):
                    raise _duplicate(cls, name, known[0], subclass)
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
    def resolve_class_name(cls, name: str) -> RegisteredTarget:
        """Return the class or function behind a name, and its constructor method.

        A dotted name refers to a class that is already imported, or that lies in a trusted package.
        """
        target, constructor = cls.find(name)
        return load(target), constructor

    @classmethod
    def find(cls, name: str) -> RegisteredTarget:
        """Like ``resolve_class_name``, but a built-in that is not imported yet comes as its stand-in."""
        found = _registered(cls, name) or (_dotted(cls, name) if "." in name else None)
        if found is None:
            plugins.load_entry_points()
            found = _registered(cls, name)
        if found is None:
            hint = suggest(name, _names(cls), "registered")
            elsewhere = _unregistered(cls, name) or _families_of(name) or plugins.whereabouts(name, cls.__name__)
            raise ConfigurationError(f"'{name}' is not registered for {cls.__name__}", hint=f"{hint}; {elsewhere}")
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
    def describe_available(cls) -> list[RegisteredName]:
        """What stands behind each registered name; built-ins that are not imported stay so."""
        return [_listed(name, *cls.find(name)) for name in cls.list_available()]

    def _to_params(self) -> dict[str, Any]:
        """As in ``FromParams``, with the registered name in front."""
        values = super()._to_params()
        names = names_of(type(self))
        return {"type": names[0], **values} if names and "type" not in values else values


def is_base(cls: type) -> bool:
    """Whether a config for this class has a ``type`` to choose by."""
    if not issubclass(cls, Registrable):
        return False
    return Registrable in cls.__bases__ or bool(_live(cls)) or bool(index.entries_of(cls))


def names_of(cls: type) -> list[str]:
    """The names under which a class is registered."""
    bases = [base for base in cls.__mro__ if issubclass(base, Registrable)]
    entries = [entry for base in bases for entry in index.entries_of(base).values()]
    indexed = [entry.name for entry in entries if f"{entry.module}.{entry.cls}" == full_name(cls)]
    return [name for base in bases for name, (target, _) in _live(base).items() if target is cls] + indexed


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


def full_name(target: Any) -> str:
    """Module and name of a class, of its stand-in, or of a function."""
    if is_stand_in(target):
        return ".".join(target.spanreg_source)
    return f"{getattr(target, '__module__', '')}.{getattr(target, '__qualname__', target)}"


def _live(cls: type) -> dict[str, RegisteredTarget]:
    with _lock:
        return dict(Registrable._registry.get(current(cls), {}))


def _registered(cls: type, name: str) -> RegisteredTarget | None:
    entry = index.entries_of(cls).get(name)
    return _live(cls).get(name) or ((stand_in(entry.module, entry.cls), entry.constructor) if entry else None)


def _names(cls: type) -> list[str]:
    return list(dict.fromkeys([*index.entries_of(cls), *_live(cls)]))


def _unregistered(cls: type, name: str) -> str:
    """Return a hint where a class that is called like the name, or nearly so, was never registered."""
    real = current(cls)
    if is_stand_in(real):
        return ""
    entered = {id(target) for names in Registrable._registry.values() for target, _ in names.values()}
    called = {
        snake_case(one.__name__): one for one in _subclasses(real) if id(one) not in entered and not names_of(one)
    }
    found = difflib.get_close_matches(snake_case(name), called, n=1, cutoff=0.8)
    if not found:
        return ""
    where = f"the class {called[found[0]].__name__} in {_file_of(called[found[0]])} is not registered"
    return f'{where}: write @{cls.__name__}.register("{found[0]}") above it'


def _file_of(cls: type) -> str:
    try:
        return Path(inspect.getfile(cls)).name
    except (TypeError, OSError):
        return cls.__module__


def _subclasses(cls: type) -> Iterator[type]:
    found: list[type] = cls.__subclasses__()
    for below in found:
        yield below
        yield from _subclasses(below)


def snake_case(name: str) -> str:
    """Return ``MaxPool`` as ``max_pool``, which is how components are called."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _families_of(name: str) -> str:
    """A hint where a name belongs to another family."""
    with _lock:
        bases = [base.__name__ for base, names in Registrable._registry.items() if name in names]
    bases += [base for base, names in index.entries().items() if name in names]
    return f"'{name}' is a {' and a '.join(dict.fromkeys(bases))}" if bases else ""


def _dotted(cls: type, name: str) -> RegisteredTarget:
    """Return a registered class, function or constructor method by its full path, or else a subclass of ``cls``."""
    for entry in index.entries_of(cls).values():
        if name == f"{entry.module}.{entry.cls}":
            return stand_in(entry.module, entry.cls), None
    for target, constructor in _live(cls).values():
        path = full_name(target)
        if name == path:
            return target, None
        if constructor and name == f"{path}.{constructor}":
            return target, constructor
    return references.find_class(name, cls), None


def _duplicate(cls: type, name: str, old: Any, new: Any) -> ConfigurationError:
    classes = f"by {full_name(old)}, and now by {full_name(new)}"
    problem = f"'{name}' is already registered for {cls.__name__}: {classes}"
    return ConfigurationError(problem, hint="choose another name, or pass exist_ok=True to replace it")


def _listed(name: str, target: Any, constructor: str | None) -> RegisteredName:
    # A function that was made by partial, or an object that is called like one, has no name of its own.
    named = target if hasattr(target, "__qualname__") or is_stand_in(target) else getattr(target, "func", type(target))
    module, cls = named.spanreg_source if is_stand_in(named) else (named.__module__, named.__qualname__)
    summary = (inspect.getdoc(target) or "").partition("\n")[0]
    return RegisteredName(name, module, f"{cls}.{constructor}" if constructor else cls, summary, line_of(target))
