"""Find classes and functions by the dotted names in a config, in packages that the user trusts.

A config may come from a stranger, so a dotted name in it never causes an import. It can refer to a class that
is already imported, or to a class or function in a trusted package: one given by ``--include-package``, an installed
plug-in, or one given by ``from_params(allow_imports=...)``.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import lru_cache
from importlib.machinery import PathFinder
from types import ModuleType
from typing import TYPE_CHECKING, Any

from spanreg.registry.errors import ConfigurationError
from spanreg.registry.names import suggest
from spanreg.registry.source.classes import current, is_stand_in, load_opaque

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

FLAG = "--include-package"
ENTRY_POINT_GROUP = "spanreg.components"

_included: set[str] = set()
"Packages that the user has included, for the whole process."
_allowed: ContextVar[frozenset[str]] = ContextVar("allowed", default=frozenset())


def trust(package: str) -> None:
    """Allow dotted names in configs to refer to a package or module, until this process ends."""
    _included.add(package)


@contextmanager
def allowing(packages: Iterable[str] | str) -> Iterator[None]:
    """Allow dotted names in configs to refer to further packages or modules within the block."""
    more = (packages,) if isinstance(packages, str) else packages
    token = _allowed.set(_allowed.get().union(more))
    try:
        yield
    finally:
        _allowed.reset(token)


def allowed() -> frozenset[str]:
    """Return the packages of all enclosing ``allowing`` blocks."""
    return _allowed.get()


def is_trusted(name: str) -> bool:
    """Return whether a dotted name is in a trusted package; import nothing."""
    # Reading entry points is slow the first time, so they come last.
    return _lies_in(name, _included | allowed()) or _lies_in(name, plugin_packages())


def trusted_packages() -> list[str]:
    """Return the packages that dotted names in a config may refer to; import nothing."""
    return sorted(_included | allowed() | set(plugin_packages()))


def plugin_packages() -> list[str]:
    """Return the top-level packages and modules that are installed as plug-ins; import nothing.

    ``plugin_packages()`` is ``["my_plugin"]``.
    """
    return sorted({point.value.split(":")[0].split(".")[0].strip() for point in component_entry_points()})


def component_entry_points() -> list[EntryPoint]:
    """Return the entry points of installed plug-ins; import nothing.

    A package with damaged metadata is left out.
    """
    # Importing ``importlib.metadata`` and reading a few hundred packages takes 60 ms, so most machines, which have no
    # plug-in, do neither.
    if "importlib.metadata" not in sys.modules and not _may_have_plugins():
        return []
    from importlib import metadata

    # A config asks once for each dotted name. A package that is installed or removed changes its folder. The function
    # is part of the key as well, because tests replace it.
    return list(_read_entry_points(metadata.entry_points, tuple(sys.path), tuple(map(_time_of_change, sys.path))))


def _may_have_plugins() -> bool:
    """Return False if no package on the path names the group in its metadata, as ``importlib.metadata`` finds it."""
    # Another finder of packages may know more than the folders of the path.
    if any(hasattr(finder, "find_distributions") for finder in sys.meta_path if finder is not PathFinder):
        return True
    return any(map(_may_have_plugin, sys.path))


def _may_have_plugin(folder: str) -> bool:
    group = ENTRY_POINT_GROUP.encode()
    try:
        names = os.listdir(folder or os.curdir)
    except FileNotFoundError:
        return False
    except OSError:  # an archive, or a folder that cannot be listed
        return True
    for name in names:
        # ``pip`` writes the first of these, ``setup.py develop`` the second.
        if name.lower().endswith((".dist-info", "egg-info")):
            try:
                with open(os.path.join(folder, name, "entry_points.txt"), "rb") as file:
                    if group in file.read():
                        return True
            except (FileNotFoundError, NotADirectoryError):  # it has none
                continue
            except OSError:
                return True
    return False


@lru_cache(maxsize=1)
def _read_entry_points(
    read: Callable[..., Iterable[EntryPoint]], folders: tuple[str, ...], changed: tuple[int, ...]
) -> list[EntryPoint]:
    from importlib import metadata

    try:
        return list(read(group=ENTRY_POINT_GROUP))
    except Exception:  # raised for all packages if the list of one is damaged
        found: list[EntryPoint] = []
        for installed in metadata.distributions():
            with suppress(Exception):
                found += [point for point in installed.entry_points if point.group == ENTRY_POINT_GROUP]
        return found


def _time_of_change(folder: str) -> int:
    try:
        return os.stat(folder or os.curdir).st_mtime_ns
    except OSError:
        return 0


def find_class(name: str, family: Any) -> type:
    """Return the subclass of ``family`` with a dotted name.

    Args:
        name: ``package.module.Name``, with further parts for a class inside another.
        family: the base class, its stand-in, or an opaque name of it.

    Raises:
        ConfigurationError: the name does not refer to a subclass, or is in a package that is not imported and that the
            user does not trust.
    """
    require_dotted(name)
    found = _import(name) if is_trusted(name) else _already_imported(name)
    if not is_subclass(found, family):
        raise not_a_subclass(name, family)
    return found  # type: ignore[no-any-return]


def find_callable(name: str) -> Callable[..., Any]:
    """Return the function or class with a dotted name, which a trusted package must define itself.

    Raises:
        ConfigurationError: the function or class does not exist, or the user does not trust its package.
    """
    # Unlike ``find_class``, being imported is not enough: any imported function could then be called with any argument.
    require_dotted(name)
    if not is_trusted(name):
        raise not_included(name)
    found: Any = _import(name)
    if not callable(found):
        raise ConfigurationError(f"'{name}' cannot be called", hint="name a class or a function")
    # Security: a trusted module may import functions such as os.system, which must not be reachable through it.
    # Functions written in C may have no __module__.
    home = getattr(found, "__module__", None)
    if home is not None and not is_trusted(f"{home}.{name}"):
        problem = f"'{name}' is defined outside that package, in '{home}'"
        raise ConfigurationError(problem, hint="name a class or a function that the package defines itself")
    return found  # type: ignore[no-any-return]


def is_subclass(found: Any, family: Any) -> bool:
    """Return whether an object is a subclass of ``family``: a class, its stand-in, or an opaque name of it."""
    base = current(family)
    # An imported class descends only from imported classes, so a family that is not imported has no such subclass.
    if not isinstance(found, type) or is_stand_in(base) or base.__module__.split(".")[0] not in sys.modules:
        return False
    try:
        return issubclass(found, load_opaque(base))
    except TypeError:  # issubclass refuses a TypedDict
        return False


def require_dotted(name: str) -> None:
    """Raise a ``ConfigurationError`` unless a name has the form ``package.module.Name``.

    Security: the ``__main__`` of a package is a program, which a config must not start by naming it. The running
    program itself, which is also ``__main__``, may be named.
    """
    if "." not in name or not is_dotted(name) or "__main__" in name.split(".")[1:]:
        raise ConfigurationError(f"'{name}' is not a dotted name", hint="write it as package.module.Name")


def is_dotted(name: str) -> bool:
    """Return whether a name consists of identifiers separated by dots."""
    return all(part.isidentifier() for part in name.split("."))


def not_included(name: str) -> ConfigurationError:
    """Return the error for a name in a package that the user does not trust."""
    hint = f"if you trust that package, add {FLAG} {name.split('.')[0]}"
    return ConfigurationError(f"'{name}' is in a package that is not included", hint=hint)


def not_a_subclass(name: str, family: Any) -> ConfigurationError:
    """Return the error for a name that does not refer to a subclass of ``family``."""
    wanted = family.__name__
    hint = f"name a subclass of {wanted} that is registered, or in a package given by {FLAG}"
    return ConfigurationError(f"'{name}' is not a subclass of {wanted}", hint=hint)


def _lies_in(name: str, packages: Iterable[str]) -> bool:
    return any(name.startswith(f"{package}.") for package in packages)


def _already_imported(name: str) -> Any:
    """Return the object with a dotted name in a module that is already imported.

    Security: names are looked up in ``vars``, because ``getattr`` would run the ``__getattr__`` of a module, which may
    import.

    Raises:
        ConfigurationError: the module is not imported, or does not have the name.
    """
    parts = name.split(".")
    # The longest module name first: a class may be nested in another one.
    for cut in range(len(parts) - 1, 0, -1):
        module = sys.modules.get(".".join(parts[:cut]))
        if module is None:
            continue
        found: Any = vars(module).get(parts[cut])
        for part in parts[cut + 1 :]:
            found = vars(found).get(part) if isinstance(found, type) else None
        if found is not None:
            return found
        # A module of another class, as transformers puts in its own place, may import names on demand.
        is_complete = type(module) is ModuleType and "__getattr__" not in vars(module)
        if cut == len(parts) - 1 and is_complete:
            raise _absent(name, module, parts[cut])
    raise not_included(name)


def _import(name: str) -> Any:
    """Return the object with a dotted name in a trusted package, and import its module."""
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        module = ".".join(parts[:cut])
        try:
            return _attribute(importlib.import_module(module), parts[cut:], name)
        except ModuleNotFoundError as error:
            # A missing module of the name itself means a nested class; any other is missing inside the module.
            if not error.name or not f"{module}.".startswith(f"{error.name}."):
                problem = f"'{name}' cannot be imported ({error})"
                raise ConfigurationError(problem, hint=f"install {error.name}") from error
        except ConfigurationError:
            raise
        except Exception as error:
            problem = f"'{name}' cannot be imported ({type(error).__name__}: {error})"
            raise ConfigurationError(problem, hint="fix the name or the module") from error
    problem = f"'{name}' cannot be imported: there is no module '{parts[0]}'"
    raise ConfigurationError(problem, hint="install it, or fix the name")


def _attribute(module: Any, names: list[str], dotted: str) -> Any:
    """Return an attribute of a module or of a class in it, but not of a module that it imports."""
    found = module
    for name in names:
        if found is not module and isinstance(found, ModuleType):
            problem = f"'{dotted}' refers through '{found.__name__}', a module that is only imported there"
            raise ConfigurationError(problem, hint="use the module that defines the class or function")
        if not hasattr(found, name):
            raise _absent(dotted, found, name)
        found = getattr(found, name)
    return found


def _absent(dotted: str, owner: Any, name: str) -> ConfigurationError:
    known = [other for other in dir(owner) if not other.startswith("_")]
    problem = f"'{dotted}' does not exist: no '{name}' in {getattr(owner, '__name__', repr(owner))}"
    return ConfigurationError(problem, hint=suggest(name, known, "names there", none="it has no public names"))
