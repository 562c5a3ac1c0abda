"""Check that the files that a config names exist on this machine."""

from __future__ import annotations

import re
from collections.abc import Iterable
from glob import has_magic
from pathlib import Path
from typing import Final

from spanreg.packages import PREFIX, resolve_path
from spanreg.registry import ConfigurationError, FileName, Problem, suggest
from spanreg.text.files.patterns import matching_paths

_HUB_NAME: Final = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)?")
"A name on the hub: one word, or two with a slash between them."

_LONGEST: Final = 80
"Characters of a name that a message shows."


def missing_files(names: Iterable[FileName]) -> list[Problem]:
    """Return a problem for each file, folder, pattern or package that a config names and that does not exist.

    A name that may be on the hub is not checked here, but when it is loaded.

    Args:
        names: the names in a plan (``Plan.names``).
    """
    return [problem for name in names if (problem := _problem(name)) is not None]


def _problem(name: FileName) -> Problem | None:
    shown = name.text if len(name.text) <= _LONGEST else f"{name.text[:_LONGEST]}..."
    try:
        path = resolve_path(name.text)
        # First as a plain path: in a pattern, brackets of a file name would match other names.
        exists = path.exists() or any(matching_paths(path))
    except ConfigurationError as error:
        (found,) = error.problems
        return name.position.problem(found.problem, found.hint)
    except OSError as error:  # a name that is too long, for instance
        return name.position.problem(f"'{shown}' cannot be a file: {error.strerror}", "give the path of a file")
    # Only loading shows whether the hub has the name, and a check uses no network.
    if exists or (name.or_remote and _HUB_NAME.fullmatch(name.text)):
        return None
    problem = "no file matches" if has_magic(str(path)) else "there is no file or folder"
    return name.position.problem(f"{problem} '{shown}'", _hint(name, path))


def _hint(name: FileName, path: Path) -> str:
    """Return the nearest name in the folder, how to get the file, and the working directory of a relative path."""
    start = "" if path.is_absolute() else f"relative paths start at {Path.cwd()}"
    if has_magic(str(path)) or not path.parent.is_dir():
        return "; ".join(filter(None, [name.hint, start])) or "check the path"
    beside = sorted(entry.name for entry in path.parent.iterdir() if not entry.name.startswith("."))
    inside = "the package has" if name.text.startswith(PREFIX) else "the folder has"
    nearest = suggest(path.name, beside, inside, none=f"{inside} no files")
    return "; ".join(filter(None, [nearest, name.hint, start]))
