"""Registrable: a base class whose subclasses are registered under names."""

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
from typing import Any, ClassVar, TypeVar, get_origin

from spanreg.registry.errors import ConfigurationError
from spanreg.registry.from_params import FromParams
from spanreg.registry.names import suggest, text_hint
from spanreg.registry.source import index
from spanreg.registry.source.classes import current, is_stand_in, line_of, load, stand_in
from spanreg.registry.trust import plugins, references

T = TypeVar("T")

RegisteredTarget = tuple[Any, str | None]
"A class or a function, and the name of the constructor method if one is registered."

# Reentrant, because ``register`` holds the lock while it looks up the name, which acquires the lock again.
_lock = threading.RLock()


@dataclass(frozen=True, slots=True)
class RegisteredName:
    """A registered name, and the class or function that it refers to.

    ``Segmenter.describe_available()[0].summary``
    """

    name: str
    module: str
    cls: str
    "Class or function, with its constructor method if one is registered."
    summary: str
    "First line of the docstring."
    line: int
    "Line of its definition, counted from 1; 0 if unknown."


class Registrable(FromParams):
    """Base of a family of components: subclasses register under a name, and a config selects one by ``type``.

    ``@Segmenter.register("my_segmenter")`` above a subclass, then ``Segmenter.from_params({"type": "my_segmenter"})``

    Set ``default_implementation`` to the name that is used when a config has no ``type``. Set ``handed_down`` to the
    names of the arguments that ``Lazy.construct`` receives; any other missing argument is then reported when the config
    is checked.
    """

    # The name and the form are AllenNLP's, where functions are added to it directly.
    _registry: ClassVar[defaultdict[type, dict[str, RegisteredTarget]]] = defaultdict(dict)

    default_implementation: ClassVar[str | None] = None
    handed_down: ClassVar[tuple[str, ...] | None] = None
    "None: unknown, so a missing argument of a ``Lazy`` component is an error only if its signature has marks."

    @classmethod
    def register(cls, name: str, constructor: str | None = None, exist_ok: bool = False) -> Callable[[T], T]:
        """Decorator that registers a subclass, or a function that returns an instance.

        ``@Segmenter.register("my_segmenter")`` above the class

        Args:
            name: the ``type`` in a config.
            constructor: a class method that is called instead of the class.
            exist_ok: replace another class of this name.

        Raises:
            ConfigurationError: the name is registered for another class, or ``@register`` is used without a call. A
                class of the same module and name, as when a notebook cell is run again, replaces the earlier one.
        """
        given: Any = name  # the class itself, for ``@register`` without a call
        if not isinstance(given, str):
            written = getattr(given, "__name__", repr(given))
            problem = f"{written} is registered for {cls.__name__} without a name"
            raise ConfigurationError(problem, hint=f'write @{cls.__name__}.register("{snake_case(written)}") above it')

        def enter(subclass: T) -> T:
            known = _registered(cls, name)
            if known is not None and exist_ok:
                # Import it now: its registration must not happen later and replace this one.
                # Not under the lock, for which a thread that imports the same module waits: both would wait for ever.
                load(known[0])
            # Looked up again under the lock, because the import, or another thread, may have registered the name.
            with _lock:
                known = _registered(cls, name)
                # Names are compared, not classes: a stand-in, or a notebook cell that runs again, is another object.
                if known is not None and not exist_ok and full_name(known[0]) != full_name(subclass):
                    classes = f"by {full_name(known[0])}, and now by {full_name(subclass)}"
                    problem = f"'{name}' is already registered for {cls.__name__}: {classes}"
                    hint = "choose another name, or pass exist_ok=True to replace it"
                    raise ConfigurationError(problem, hint=hint)
                Registrable._registry[cls][name] = (subclass, constructor)
            return subclass

        return enter

    @classmethod
    def by_name(cls, name: str) -> Callable[..., Any]:
        """Return the class, constructor method or function that is registered under a name.

        ``Segmenter.by_name("max_match")(dictionary=dictionary)``

        Args:
            name: a registered name, or a dotted name as for ``resolve_class_name``.

        Raises:
            ConfigurationError: the name is not registered; the hint has the nearest one.
        """
        target, constructor = cls.resolve_class_name(name)
        found: Callable[..., Any] = getattr(target, constructor) if constructor else target
        return found

    @classmethod
    def resolve_class_name(cls, name: str) -> RegisteredTarget:
        """Return the class or function that is registered under a name, and the name of its constructor method.

        ``Segmenter.resolve_class_name("max_match")`` is ``(MaxMatchSegmenter, None)``.

        Args:
            name: a registered name, or the dotted name of a subclass that is already imported or in a trusted package.

        Raises:
            ConfigurationError: the name is not registered; the hint has the nearest one.
        """
        target, constructor = cls.find(name)
        return load(target), constructor

    @classmethod
    def find(cls, name: str) -> RegisteredTarget:
        """Return what ``resolve_class_name`` does, but import nothing: a built-in class may be its stand-in.

        Args:
            name: as for ``resolve_class_name``.

        Raises:
            ConfigurationError: the name is not registered; the hint has the nearest one.
        """
        found = _registered(cls, name) or (_dotted(cls, name) if "." in name else None)
        if found is None:
            # Last, because loading entry points imports every installed plug-in.
            plugins.load_entry_points()
            found = _registered(cls, name)
        if found is None:
            if meant := text_hint(name):
                raise ConfigurationError(f"'{name}' is not registered for {cls.__name__}", hint=meant)
            hint = suggest(name, _known_names(cls), "registered", none=f"no {cls.__name__} is registered")
            elsewhere = (
                _unregistered_class_hint(cls, name)
                or _other_families_hint(name)
                or plugins.hint_for_unregistered(name, cls.__name__)
            )
            raise ConfigurationError(f"'{name}' is not registered for {cls.__name__}", hint=f"{hint}; {elsewhere}")
        return found

    @classmethod
    def list_available(cls) -> list[str]:
        """Return the registered names, the default first; imports the plug-ins that are installed.

        ``Segmenter.list_available()[0]``

        Raises:
            ConfigurationError: the default implementation is not registered.
        """
        plugins.load_entry_points()
        names = _known_names(cls)
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
        """Return the class and docstring of each registered name, without importing built-in components.

        ``[one.summary for one in Segmenter.describe_available()]``

        Raises:
            ConfigurationError: the default implementation is not registered.
        """
        return [
            _describe_from_index(cls, name) or _describe_target(name, *cls.find(name)) for name in cls.list_available()
        ]

    @classmethod
    def _config(cls, /, **arguments: Any) -> dict[str, Any]:
        """Return the config of a registered class, with its name as ``type``."""
        names = registered_names(cls)
        if not names:
            problem = f"{cls.__name__} is not registered, so no config can name it"
            family = next((base.__name__ for base in cls.__mro__[1:] if Registrable in base.__bases__), "Base")
            raise ConfigurationError(problem, hint=f'write @{family}.register("{snake_case(cls.__name__)}") above it')
        return {"type": names[0], **super()._config(**arguments)}

    def _to_params(self) -> dict[str, Any]:
        """Return the config of the object, with its registered name as ``type``."""
        values = super()._to_params()
        names = registered_names(type(self))
        return {"type": names[0], **values} if names and "type" not in values else values


def is_base(cls: type) -> bool:
    """Return whether a class is the base of a family, so that a config selects a subclass by ``type``."""
    if not issubclass(cls, Registrable):
        return False
    return Registrable in cls.__bases__ or bool(_registered_here(cls)) or bool(index.registered_entries(cls))


def names_handed_down(annotation: Any) -> tuple[str, ...] | None:
    """Return the names of the arguments that ``Lazy.construct`` receives for a type; None if they are unknown."""
    family = current(get_origin(annotation) or annotation)
    return family.handed_down if isinstance(family, type) and issubclass(family, Registrable) else None


def registered_names(cls: type) -> list[str]:
    """Return the names that a class is registered under."""
    # Indexed names are compared as text, because a stand-in is another object than the class.
    bases = [base for base in cls.__mro__ if issubclass(base, Registrable)]
    entries = [entry for base in bases for entry in index.registered_entries(base).values()]
    indexed = [entry.name for entry in entries if f"{entry.module}.{entry.cls}" == full_name(cls)]
    return [name for base in bases for name, (target, _) in _registered_here(base).items() if target is cls] + indexed


def registering_packages() -> set[str]:
    """Return the top-level packages of all classes and functions that were registered in this process."""
    with _lock:
        targets = [target for names in Registrable._registry.values() for target, _ in names.values()]
    return {full_name(target).partition(".")[0] for target in targets}


@contextmanager
def snapshot() -> Iterator[None]:
    """Restore the registry after the block, for tests.

    ``with snapshot(): Segmenter.register("my_segmenter")(MySegmenter)``
    """
    with _lock:
        kept = {base: dict(names) for base, names in Registrable._registry.items()}
    try:
        yield
    finally:
        with _lock:
            Registrable._registry.clear()
            Registrable._registry.update(kept)


def full_name(target: Any) -> str:
    """Return the dotted name of a class, of the class behind a stand-in, or of a function."""
    if is_stand_in(target):
        return ".".join(target.spanreg_source)
    return f"{getattr(target, '__module__', '')}.{getattr(target, '__qualname__', target)}"


def _registered_here(cls: type) -> dict[str, RegisteredTarget]:
    """Return what was registered for a base class in this process, by name."""
    with _lock:
        return dict(Registrable._registry.get(current(cls), {}))


def _registered(cls: type, name: str) -> RegisteredTarget | None:
    """Return what a name refers to: what was registered in this process, else a stand-in from the index, else None."""
    entry = index.registered_entries(cls).get(name)
    # What was registered in this process comes first: it may have replaced a built-in by ``exist_ok``.
    return _registered_here(cls).get(name) or (
        (stand_in(entry.module, entry.cls), entry.constructor) if entry else None
    )


def _known_names(cls: type) -> list[str]:
    # Built-in names first, in the order of their files, so that the list does not depend on what is imported.
    return list(dict.fromkeys([*index.registered_entries(cls), *_registered_here(cls)]))


def _unregistered_class_hint(cls: type, name: str) -> str:
    """Return a hint if an unregistered class has a similar name, or an empty string."""
    real = current(cls)
    # A class of the user imports its base, so a base that is not imported has no such subclass.
    if is_stand_in(real):
        return ""
    # By identity, because a registered function need not be hashable.
    entered = {id(target) for names in Registrable._registry.values() for target, _ in names.values()}
    called = {
        snake_case(one.__name__): one
        for one in _subclasses(real)
        if id(one) not in entered and not registered_names(one)
    }
    found = difflib.get_close_matches(snake_case(name), called, n=1, cutoff=0.8)
    if not found:
        return ""
    where = f"the class {called[found[0]].__name__} in {_file_of(called[found[0]])} is not registered"
    return f'{where}: write @{cls.__name__}.register("{found[0]}") above it'


def _file_of(cls: type) -> str:
    """Return the name of the file of a class; that of its module for a class from a notebook or an interpreter."""
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
    """Return the registered form of a class name: ``max_pool`` for ``MaxPool``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _other_families_hint(name: str) -> str:
    """Return a hint if a name is registered in another family, or an empty string."""
    with _lock:
        bases = [base.__name__ for base, names in Registrable._registry.items() if name in names]
    bases += [base for base, names in index.entries().items() if name in names]
    return f"'{name}' is a {' and a '.join(dict.fromkeys(bases))}" if bases else ""


def _dotted(cls: type, name: str) -> RegisteredTarget:
    """Return a registered class, function or constructor method by its full path, or else a subclass of ``cls``."""
    # Names of registered classes first: these need no import, and no trust, because they are installed with us.
    for entry in index.registered_entries(cls).values():
        if name == f"{entry.module}.{entry.cls}":
            return stand_in(entry.module, entry.cls), None
    for target, constructor in _registered_here(cls).values():
        path = full_name(target)
        if name == path:
            return target, None
        if constructor and name == f"{path}.{constructor}":
            return target, constructor
    return references.find_class(name, cls), None


def _describe_from_index(cls: type, name: str) -> RegisteredName | None:
    """Return a built-in name from the index alone, which parses no source; None if the index does not suffice."""
    entry = index.registered_entries(cls).get(name)
    if entry is None or not entry.summary or name in _registered_here(cls):
        return None
    listed = f"{entry.cls}.{entry.constructor}" if entry.constructor else entry.cls
    return RegisteredName(name, entry.module, listed, entry.summary, entry.line)


def _describe_target(name: str, target: Any, constructor: str | None) -> RegisteredName:
    """Return a registered name with what the class or function itself, or its stand-in, shows."""
    # The result of ``partial``, or a callable object, has no name.
    named = target if hasattr(target, "__qualname__") or is_stand_in(target) else getattr(target, "func", type(target))
    module, cls = named.spanreg_source if is_stand_in(named) else (named.__module__, named.__qualname__)
    summary = (inspect.getdoc(target) or "").partition("\n")[0]
    return RegisteredName(name, module, f"{cls}.{constructor}" if constructor else cls, summary, line_of(target))
