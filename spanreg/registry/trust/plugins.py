"""Load components of installed plug-ins, and locate components that are not registered."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from spanreg.registry.source.searched_files import searched_text
from spanreg.registry.trust.references import ENTRY_POINT_GROUP, FLAG, component_entry_points

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

logger = logging.getLogger(__name__)

PATIENCE = 3.0
"Seconds that a plug-in may take to import without a warning."

MOST_FILES = 2000
"Most directory entries that are searched for a component that was not included."

_loaded: set[str] = set()
"Groups of entry points that are loaded."
_broken: dict[str, str] = {}
"Why an entry point could not be loaded, by its name."
_thread = threading.local()


def load_entry_points() -> None:
    """Import the entry points ``spanreg.components`` of installed packages; record a broken one without raising.

    Concurrent threads wait for one another inside ``import``. A call by a plug-in during its own import returns at
    once.
    """
    if getattr(_thread, "loading", False):
        return
    _thread.loading = True
    try:
        for point in component_entry_points() if ENTRY_POINT_GROUP not in _loaded else ():
            _load(point)
        # After the loop: until then, other threads import them as well, and so wait, rather than continue without them.
        _loaded.add(ENTRY_POINT_GROUP)
    finally:
        _thread.loading = False


def _load(point: EntryPoint) -> None:
    owner = point.dist.name if point.dist else "an installed package"
    began = time.monotonic()
    try:
        point.load()
    except (Exception, SystemExit) as error:  # a broken plug-in must not stop those who do not use it
        reason = f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
        _broken[point.name] = f"the entry point '{point.name}' of {owner} fails ({reason})"
        logger.warning("%s. update or uninstall the package", _broken[point.name])
    if (seconds := time.monotonic() - began) > PATIENCE:
        logger.warning("the entry point '%s' of %s takes %.1f s to import", point.name, owner, seconds)


def hint_for_unregistered(name: str, family: str) -> str:
    """Return a hint for a component that is not registered: a broken plug-in, or a file that was not included."""
    if name in _broken:
        return _broken[name]
    # Files are searched as text, because importing them to find out would run them.
    pattern = re.compile(rf"""\b{family}\.register\(\s*["']{re.escape(name)}["']""")
    # A hint is all that is lost if a file cannot be read, or the working directory was removed.
    with suppress(OSError):
        here = Path.cwd()
        if file := next((file for file in _python_files(here) if pattern.search(searched_text(file))), None):
            return f"'{name}' is registered in {file.relative_to(here)}: add {FLAG} {_includable(file)}"
    elsewhere = f"include your own component with {FLAG}, or install the package that has it"
    return _former_plugins() or "; ".join(_broken.values()) or elsewhere


def _former_plugins() -> str:
    """Return a hint if the working directory has AllenNLP's list of plug-ins, which is not read."""
    file = Path(".allennlp_plugins")
    if not file.is_file():
        return ""
    lines = searched_text(file)[:10_000].splitlines()
    flags = " ".join(f"{FLAG} {line.strip()}" for line in lines[:9] if line.strip())
    return f"'.allennlp_plugins' is not read: add {flags or FLAG}"


def _includable(file: Path) -> str:
    """Return the argument of ``--include-package`` for a file: its outermost package, or the file itself."""
    package = file
    while (package.parent / "__init__.py").exists() and package.parent != Path.cwd():
        package = package.parent
    relative = package.relative_to(Path.cwd())
    return str(relative) if package.is_file() and relative.parent.parts else ".".join(relative.with_suffix("").parts)


def _python_files(folder: Path) -> Iterator[Path]:
    """Yield Python files below a folder, except in hidden folders and virtual environments."""
    left, folders = MOST_FILES, [folder]
    # Breadth first: a file near the working directory is found before the limit ends the search.
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
