"""Bringing in the components of others: by module name, by file, by entry point, by dotted name."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import re
import sys
import threading
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from spanreg.registry.errors import ConfigurationError
from spanreg.registry.names import suggest

ENTRY_POINT_GROUP = "spanreg.components"
FLAG = "--include-package"
MOST_FILES = 2000
"How many entries of the working folder are looked through for a component that was not included."

_loaded: set[str] = set()
_broken: dict[str, str] = {}
_thread = threading.local()


def include_package(name: str) -> None:
    """Imports a module, a package with all below it, or a Python file, so that its components register.

    Args:
        name: dotted name, folder or file; names are looked for in the working folder first.

    Raises:
        ConfigurationError: there is no such package or file, or it fails while it is imported.
    """
    if not name.strip():
        raise ConfigurationError("no name is given", path=FLAG, hint="give a module name, a folder or a Python file")
    _make_importable(Path.cwd())
    path = Path(name)
    if path.suffix == ".py":
        _import_file(path)
        return
    if path.is_dir():
        whole, here = path.resolve(), Path.cwd().resolve()
        root = here if here in whole.parents else whole.parent
        _make_importable(root)
        name = ".".join(whole.relative_to(root).parts)
    elif not _is_dotted(name):
        raise _no_module(name)
    module = _import(name, name)
    for inner in pkgutil.walk_packages(getattr(module, "__path__", []), f"{name}."):
        if not inner.name.endswith("__main__"):
            _import(inner.name, name)


def include_packages(names: Iterable[str]) -> None:
    """Each of them by ``include_package``, in order.

    Raises:
        ConfigurationError: as ``include_package``.
    """
    for name in names:
        include_package(name)


def _make_importable(folder: Path) -> None:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    importlib.invalidate_caches()


def _import_file(path: Path) -> None:
    """Under its own name where that is free; a file that is called like another module gets a number."""
    if not path.is_file():
        raise ConfigurationError(f"there is no file '{path}'", path=FLAG, hint="give a module name or a Python file")
    full = path.resolve()
    numbered = f"{re.sub(r'[^0-9A-Za-z]', '_', path.stem)}_{zlib.crc32(str(full).encode())}"
    if any(_comes_from(sys.modules.get(name), full) for name in (path.stem, numbered)):
        return
    could_be = path.stem.isidentifier() and path.stem not in sys.modules
    known = importlib.util.find_spec(path.stem) if could_be else None
    is_free = could_be and (known is None or known.origin == str(full))
    name = path.stem if is_free else numbered
    spec = importlib.util.spec_from_file_location(name, full)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise _failed(str(path), error) from error


def _comes_from(module: ModuleType | None, path: Path) -> bool:
    return Path(getattr(module, "__file__", None) or "/").resolve() == path


def _import(module: str, asked: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except Exception as error:
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        if missing and f"{asked}.".startswith(f"{missing}."):
            raise _no_module(asked) from error
        raise _failed(module, error) from error


def _no_module(name: str) -> ConfigurationError:
    hint = "check the spelling; it is looked for in the working folder and among the installed packages"
    return ConfigurationError(f"there is no module '{name}'", path=FLAG, hint=hint)


def _is_dotted(name: str) -> bool:
    """Whether an import could find such a name."""
    return all(part.isidentifier() for part in name.split("."))


def _failed(what: str, error: Exception) -> ConfigurationError:
    if isinstance(error, ConfigurationError):
        return error
    problem = f"'{what}' fails while it is imported ({type(error).__name__}: {error})"
    return ConfigurationError(problem, path=FLAG, hint="mend it, or install what it needs")


def load_entry_points() -> None:
    """Imports what installed packages offer under ``spanreg.components``; a broken one is noted, not raised.

    Threads that come here at the same time wait for one another inside ``import``; a plugin that comes here while it
    is imported goes on at once.
    """
    from importlib.metadata import entry_points  # costs more than all the rest of this module, and is rarely needed

    if getattr(_thread, "loading", False):
        return
    _thread.loading = True
    try:
        for point in entry_points(group=ENTRY_POINT_GROUP) if ENTRY_POINT_GROUP not in _loaded else ():
            try:
                point.load()
            except Exception as error:
                owner = point.dist.name if point.dist else "an installed package"
                _broken[point.name] = (
                    f"the entry point '{point.name}' of {owner} fails ({type(error).__name__}: {error})"
                )
        _loaded.add(ENTRY_POINT_GROUP)
    finally:
        _thread.loading = False


def plugin_packages() -> list[str]:
    """The outermost packages or modules of what is installed under ``spanreg.components``; nothing is imported."""
    from importlib.metadata import entry_points

    return sorted({point.value.split(":")[0].split(".")[0] for point in entry_points(group=ENTRY_POINT_GROUP)})


def whereabouts(name: str, family: str) -> str:
    """Where a component that is not registered may be: in a broken plugin, or in a file here that was not included."""
    if name in _broken:
        return _broken[name]
    pattern = re.compile(rf"""\b{family}\.register\(\s*["']{re.escape(name)}["']""")
    for file in _python_files(Path.cwd()):
        if pattern.search(file.read_text(encoding="utf-8", errors="replace")):
            return f"'{name}' is registered in {file.relative_to(Path.cwd())}: add {FLAG} {_includable(file)}"
    elsewhere = f"a component of your own needs {FLAG}, one of another package needs that package installed"
    return "; ".join(_broken.values()) or elsewhere


def _includable(file: Path) -> str:
    """What to include for a file below the working folder: its outermost package, or else the file itself."""
    package = file
    while (package.parent / "__init__.py").exists() and package.parent != Path.cwd():
        package = package.parent
    relative = package.relative_to(Path.cwd())
    return str(relative) if package.is_file() and relative.parent.parts else ".".join(relative.with_suffix("").parts)


def _python_files(folder: Path) -> Iterator[Path]:
    """Python files below a folder, hidden folders and virtual environments left out, at most ``MOST_FILES``."""
    left, folders = MOST_FILES, [folder]
    while folders and left > 0:
        try:
            found = sorted(folders.pop(0).iterdir())
        except OSError:
            continue
        left -= len(found)
        for path in found:
            if path.suffix == ".py" and path.is_file():
                yield path
            elif path.is_dir() and not path.name.startswith((".", "__")) and not (path / "pyvenv.cfg").exists():
                folders.append(path)


def import_dotted(name: str) -> Any:
    """What a dotted name stands for, nested attributes included.

    Raises:
        ConfigurationError: no such module or attribute.
    """
    if not _is_dotted(name):
        raise ConfigurationError(f"'{name}' is no dotted name", hint="write it as package.module.Name")
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        module = ".".join(parts[:cut])
        try:
            return _attribute(importlib.import_module(module), parts[cut:], name)
        except ModuleNotFoundError as error:
            if not error.name or not f"{module}.".startswith(f"{error.name}."):
                raise ConfigurationError(
                    f"'{name}' cannot be imported ({error})", hint=f"install {error.name}"
                ) from error
        except ConfigurationError:
            raise
        except Exception as error:
            raise ConfigurationError(
                f"'{name}' cannot be imported ({type(error).__name__}: {error})", hint="mend the name or the module"
            ) from error
    problem = f"'{name}' cannot be imported: there is no module '{parts[0]}'"
    raise ConfigurationError(problem, hint="install it, or mend the name")


def _attribute(found: Any, names: list[str], dotted: str) -> Any:
    for name in names:
        if not hasattr(found, name):
            known = [other for other in dir(found) if not other.startswith("_")]
            problem = f"'{dotted}' does not exist: no '{name}' in {getattr(found, '__name__', repr(found))}"
            raise ConfigurationError(problem, hint=suggest(name, known, "names there"))
        found = getattr(found, name)
    return found
