"""Write new files: all of them or none, and never over existing ones."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from spanreg import storage
from spanreg.registry import ConfigurationError, Problem
from spanreg.storage.errors import explain_write_errors
from spanreg.storage.files import make_folder


def write_new_files(files: Mapping[Path, str]) -> None:
    """Write files that do not exist yet.

    ``write_new_files({Path("config.jsonnet"): "{}"})``

    Raises:
        ConfigurationError: some exist already, all at once, or a file cannot be written; then none is written.
    """
    taken = [Problem("exists already", file=str(path), hint="choose another name, or move it") for path in files]
    # ``lexists``, because a broken symbolic link occupies its name, too.
    if found := [problem for problem in taken if os.path.lexists(problem.file)]:
        raise ConfigurationError(found)
    written: list[Path] = []
    try:
        for path, text in files.items():
            make_folder(path.parent)
            # Made exclusively: another process may have written the name since it was checked.
            with explain_write_errors(path), path.open("x", encoding="utf-8", newline="\n") as file:
                written.append(path)
                file.write(text)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise


def write_new_folder(folder: Path, files: Mapping[str, str]) -> None:
    """Write a folder that does not exist yet; it appears with all its files or not at all.

    ``write_new_folder(Path("plugin"), {"setup.cfg": "[metadata]"})``

    Args:
        folder: the folder.
        files: texts by path inside the folder.

    Raises:
        ConfigurationError: the folder exists already, or cannot be written.
    """
    if os.path.lexists(folder):
        raise ConfigurationError("exists already", file=str(folder), hint="choose another name, or move it")
    with storage.whole_folder(folder) as temporary:
        for name, text in files.items():
            make_folder((temporary / name).parent)
            (temporary / name).write_text(text, encoding="utf-8", newline="\n")
