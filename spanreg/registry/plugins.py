"""Bringing in the components of others: by module name, by file, by entry point, by dotted name."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import re
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from spanreg.registry.errors import ConfigurationError
from spanreg.registry.names import suggest

ENTRY_POINT_GROUP = "spanreg.components"
MOST_FILES = 2000
"How many files of the working folder are looked through for a component that was not included."

_loaded: set[str] = set()
_broken: dict[str, str] = {}


def include_package(name: str) -> None:
    """Imports a module, a package with all below it, or a Python file, so that its components register.

    Raises:
        ConfigurationError: there is no such package or file, or it fails while it is imported.
    """
    working_folder = str(Path.cwd())
    if working_folder not in sys.path:
        sys.path.insert(0, working_folder)
    importlib.invalidate_caches()
    path = Path(name)
    if path.suffix == ".py" or path.is_file():
        _import_file(path)
        return
    name = name.rstrip("/").replace("/", ".")
    module = _import(name, name)
    for inner in pkgutil.walk_packages(getattr(module, "__path__", []), f"{name}."):
        if not inner.name.endswith("__main__"):
            _import(inner.name, name)


def _import_file(path: Path) -> None:
    if not path.is_file():
        raise ConfigurationError(
            f"there is no file '{path}'", path="--include-package", hint="give a module name or a Python file"
        )
    known = getattr(sys.modules.get(path.stem), "__file__", None)
    if known and Path(known).resolve() == path.resolve():
        return
    name = path.stem if path.stem not in sys.modules else f"{path.stem}_{abs(hash(path.resolve()))}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ConfigurationError(f"'{path}' is no Python file", path="--include-package", hint="give a .py file")
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise _failed(str(path), error) from error


def _import(module: str, asked: str) -> Any:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name and (asked == error.name or asked.startswith(f"{error.name}.")):
            hint = "check the spelling; it is looked for in the working folder and among the installed packages"
            raise ConfigurationError(f"there is no module '{asked}'", path="--include-package", hint=hint) from error
        raise _failed(module, error) from error
    except Exception as error:
        raise _failed(module, error) from error


def _failed(what: str, error: Exception) -> ConfigurationError:
    if isinstance(error, ConfigurationError):
        return error
    problem = f"'{what}' fails while it is imported ({type(error).__name__}: {error})"
    return ConfigurationError(problem, path="--include-package", hint="mend it, or install what it needs")


def load_entry_points() -> None:
    """Imports what installed packages offer under ``spanreg.components``; a broken one is noted, not raised."""
    for point in entry_points(group=ENTRY_POINT_GROUP):
        if point.value in _loaded:
            continue
        _loaded.add(point.value)
        try:
            point.load()
        except Exception as error:
            owner = point.dist.name if point.dist else "an installed package"
            _broken[point.name] = f"the entry point '{point.name}' of {owner} fails ({type(error).__name__}: {error})"


def whereabouts(name: str) -> str:
    """Where a component that is not registered may be: in a broken plugin, or in a file here that was not included."""
    if name in _broken:
        return _broken[name]
    pattern = re.compile(rf"""\.register\(\s*["']{re.escape(name)}["']""")
    for file in _python_files(Path.cwd()):
        if pattern.search(file.read_text(encoding="utf-8", errors="replace")):
            relative = file.relative_to(Path.cwd())
            package = ".".join(relative.with_suffix("").parts)
            return f"'{name}' is registered in {relative}: add --include-package {package.removesuffix('.__init__')}"
    elsewhere = "a component of your own needs --include-package, one of another package needs that package installed"
    return "; ".join(_broken.values()) or elsewhere


def _python_files(folder: Path) -> Iterator[Path]:
    """Python files below a folder, hidden folders and virtual environments left out, at most ``MOST_FILES``."""
    left = MOST_FILES
    folders = [folder]
    while folders and left > 0:
        here = folders.pop(0)
        try:
            found = sorted(here.iterdir())
        except OSError:
            continue
        left -= len(found)
        folders += [
            path
            for path in found
            if path.is_dir() and not path.name.startswith((".", "__")) and not (path / "pyvenv.cfg").exists()
        ]
        yield from (path for path in found if path.suffix == ".py" and path.is_file())


def import_dotted(name: str) -> Any:
    """What a dotted name stands for, nested attributes included.

    Raises:
        ConfigurationError: no such module or attribute.
    """
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        module = ".".join(parts[:cut])
        try:
            found = importlib.import_module(module)
        except ModuleNotFoundError as error:
            if error.name and f"{module}.".startswith(f"{error.name}."):
                continue
            raise ConfigurationError(f"'{name}' cannot be imported ({error})", hint=f"install {error.name}") from error
        for part in parts[cut:]:
            if not hasattr(found, part):
                names = [other for other in dir(found) if not other.startswith("_")]
                raise ConfigurationError(
                    f"'{name}' does not exist: no '{part}' in {module}", hint=suggest(part, names, "names there")
                )
            found = getattr(found, part)
        return found
    raise ConfigurationError(
        f"'{name}' cannot be imported: there is no module '{parts[0]}'", hint="install it, or mend the name"
    )
