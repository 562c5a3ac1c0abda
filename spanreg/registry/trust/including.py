"""Import the packages that a user includes, so that their components register."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import re
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import FrameType, ModuleType

from spanreg.registry.errors import ConfigurationError
from spanreg.registry.trust.references import FLAG, is_dotted, trust

_sources: dict[str, tuple[Path, ...]] = {}
"Files and folders of included packages, by the name that the user gave."


def include_package(name: str, folder: Path | None = None) -> None:
    """Import a module, a package with all its modules, or a Python file, so that its components register.

    ``include_package("my_components")``

    Args:
        name: a dotted name, or the path of a folder or a Python file. A file in the working directory never replaces an
            installed package of that name.
        folder: base of relative paths, and where modules that are not installed are searched; default: the working
            directory.

    Raises:
        ConfigurationError: the package or file does not exist, its name is ambiguous, or its import fails.
    """
    include_packages([name], folder)


def include_packages(names: Iterable[str], folder: Path | None = None) -> None:
    """Include several packages in order; each may import packages that are named after it.

    ``include_packages(["my_components", "more/components.py"])``

    Args:
        names: as for ``include_package``.
        folder: as for ``include_package``.

    Raises:
        ConfigurationError: see ``include_package``.
    """
    names = list(names)
    home = (folder or Path.cwd()).absolute() if names else Path()
    # All are located before any is imported, because each may import the others.
    for name, found in [(name, _locate(name, home)) for name in names]:
        module = _import_file(found, name, home) if isinstance(found, Path) else _import_all(found, name)
        _sources[name] = _sources[module.__name__] = _code_of(module)
        trust(module.__name__)


def included_sources(name: str) -> tuple[Path, ...] | None:
    """Return the file or folders of an included package, or None for one that is not included.

    ``included_sources("my_components")``

    Args:
        name: the argument of ``include_package``.
    """
    return _sources.get(name)


def require_included(names: Iterable[str], product: str) -> None:
    """Raise an error unless the user has included the packages that a saved file names; import nothing.

    Args:
        names: the packages.
        product: what was made with them, for the message, such as ``the run in 'runs/first'``.

    Raises:
        ConfigurationError: some are not included.
    """
    if missing := _missing(names):
        problem = f"{product} was made with packages that are not included: {', '.join(missing)}"
        raise ConfigurationError(problem, hint=_repeat(missing))


@contextmanager
def reminding_of(names: Callable[[], Iterable[str]], product: str) -> Iterator[None]:
    """Add to errors raised in the block the packages that a saved file names and that are not included.

    Args:
        names: returns the packages; called only after an error.
        product: what was made with them, for the message.

    Raises:
        ConfigurationError: the error of the block, with the longer hint.
    """
    try:
        yield
    except ConfigurationError as error:
        missing = _missing(names())
        if not missing:
            raise
        more = f"{product} was made with {', '.join(missing)}: {_repeat(missing)}"
        problems = [replace(one, hint="; ".join(filter(None, (one.hint, more)))) for one in error.problems]
        raise type(error)(problems) from error.__cause__


def _missing(names: Iterable[str]) -> list[str]:
    return [name for name in names if name not in _sources]


def _repeat(missing: Sequence[str]) -> str:
    return f"if you trust {'it' if len(missing) == 1 else 'them'}, add {' '.join(f'{FLAG} {name}' for name in missing)}"


class _LocalFinder:
    """Finder of modules in the folders that they were included from.

    The working directory is not added to ``sys.path``: a file there with the name of an optional dependency would be
    imported by any library that tries to import it. This finder finds a module only if the user included it, or if a
    module that it has found imports it and no installed package has its name.
    """

    def __init__(self) -> None:
        self.folders: dict[str, list[str]] = {}
        "Folders to search for a top-level module, by its name."

    def serve(self, name: str, *folders: Path) -> None:
        """Find a top-level module in some folders from now on."""
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)
        self.folders[name] = list(map(str, folders))
        # The files may be newer than the listing of their folder that Python has cached.
        importlib.invalidate_caches()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        # Modules inside a package are found by its own folders.
        if path is not None:
            return None
        folders = self.folders.get(fullname)
        if folders is None and (folders := self.folders.get(_importer())) and self.installed(fullname) is not None:
            return None
        spec = PathFinder.find_spec(fullname, folders) if folders else None
        if spec is not None and folders:
            # Modules that it imports in turn are searched in the same folders.
            self.folders.setdefault(fullname, folders)
        return spec

    def installed(self, name: str) -> ModuleSpec | None:
        """Return the specification of a top-level module from any other finder; import nothing."""
        finders = (finder for finder in sys.meta_path if finder is not self)
        return next((spec for finder in finders if (spec := finder.find_spec(name, None)) is not None), None)


_finder = _LocalFinder()


def _importer() -> str:
    """Return the top-level package of the module that is executing an import statement."""
    # 0 is this function, 1 the finder; the import system's own frames are between it and the module.
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and _package_of(frame) == "importlib":
        frame = frame.f_back
    return "" if frame is None else _package_of(frame)


def _package_of(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def _locate(name: str, home: Path) -> str | Path:
    """Return the module or Python file that a name refers to, and make a module importable."""
    if not name.strip():
        raise ConfigurationError("the name is empty", path=FLAG, hint="give a module name, a folder or a Python file")
    path = home / name
    if path.suffix == ".py":
        return path
    if is_dotted(name):
        _serve(name, name.partition(".")[0], home)
        return name
    if not path.is_dir():
        raise _no_module(name)
    whole, here = path.resolve(), home.resolve()
    root = here if here in whole.parents else whole.parent
    module = ".".join(whole.relative_to(root).parts)
    if not is_dotted(module):
        raise ConfigurationError(
            f"the folder '{name}' cannot be imported as '{module}'", path=FLAG, hint="rename it to a Python identifier"
        )
    _serve(name, module.partition(".")[0], root)
    return module


def _serve(given: str, name: str, folder: Path) -> None:
    """Make a top-level module of a folder importable, unless it is installed.

    Raises:
        ConfigurationError: the folder and an installed package have the same name.
    """
    local, installed = PathFinder.find_spec(name, [str(folder)]), _finder.installed(name)
    if local is None or (installed is not None and _places(installed) == _places(local)):
        return
    # A folder without __init__.py has no loader, and may have the name by chance: a regular package has precedence.
    if installed is None or (installed.loader is None and local.loader is not None):
        _finder.serve(name, folder)
    elif local.loader is not None or given != name:
        place = _places(local)[0]
        hint = f"rename {place}" + (f", or include it as a file: {FLAG} ./{name}.py" if place.suffix == ".py" else "")
        raise ConfigurationError(f"'{name}' is an installed package and also {place}", path=FLAG, hint=hint)


def _places(spec: ModuleSpec) -> tuple[Path, ...]:
    """Return the file of a module, or the folders of a namespace package."""
    files = [spec.origin] if spec.has_location and spec.origin else list(spec.submodule_search_locations or ())
    return tuple(Path(file).resolve() for file in files) or (Path(spec.origin or "built-in"),)


def _import_file(path: Path, given: str, home: Path) -> ModuleType:
    """Import a file under its own name or, if that is taken, under its name and a number."""
    if not path.is_file():
        raise ConfigurationError(f"there is no file '{given}'", path=FLAG, hint="give a module name or a Python file")
    full = path.resolve()
    # The number depends on the path, so that files of one name in different folders are different modules, and so that
    # another process, or a pickle, finds the same module again.
    numbered = f"{re.sub(r'[^0-9A-Za-z]', '_', path.stem)}_{zlib.crc32(str(full).encode())}"
    for known in (path.stem, numbered):
        module = sys.modules.get(known)
        if module is not None and Path(getattr(module, "__file__", None) or "/").resolve() == full:
            return module
    could_be = path.stem.isidentifier() and path.stem not in sys.modules
    installed = _finder.installed(path.stem) if could_be else None
    name = path.stem if could_be and (installed is None or _places(installed) == (full,)) else numbered
    spec = importlib.util.spec_from_file_location(name, full)
    assert spec is not None
    assert spec.loader is not None
    _finder.serve(name, home, full.parent)
    # Registered before it runs, because dataclasses and pickles look up their own module.
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    # A program that ends itself must not end this one.
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise _failed(given, error) from error
    return module


def _import_all(name: str, given: str) -> ModuleType:
    """Import a module and, for a package, all modules in it."""
    module = _import(name, given)
    for inner in pkgutil.walk_packages(getattr(module, "__path__", []), f"{name}."):
        # Importing __main__ would run the program.
        if not inner.name.endswith("__main__"):
            _import(inner.name, given)
    return module


def _import(module: str, asked: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except (Exception, SystemExit) as error:
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        # The module itself or one of its parents; any other name is missing inside the module.
        if missing and f"{asked}.".startswith(f"{missing}."):
            raise _no_module(asked) from error
        raise _failed(module, error) from error


def _code_of(module: ModuleType) -> tuple[Path, ...]:
    """Return the folders of a package, or the file of a module."""
    folders = [Path(folder) for folder in getattr(module, "__path__", ())]
    file = getattr(module, "__file__", None)
    return tuple(folders or ([Path(file)] if file else []))


def _no_module(name: str) -> ConfigurationError:
    hint = "check the spelling; it is searched among the installed packages and in the working directory"
    return ConfigurationError(f"there is no module '{name}'", path=FLAG, hint=hint)


def _failed(name: str, error: BaseException) -> ConfigurationError:
    """Return the error for a module or file whose import has failed."""
    if isinstance(error, ConfigurationError):
        return error.under(f"{FLAG} {name}")
    problem = f"'{name}' fails while it is imported ({type(error).__name__}: {error})"
    return ConfigurationError(problem, path=FLAG, hint="fix it, or install what it needs")
