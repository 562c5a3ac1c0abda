"""The working directory that a saved folder was made in, so that relative paths in it lead where they led."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path


def working_directory_from(folder: Path) -> str:
    """Return the working directory as a path relative to a folder, which holds when both are moved together."""
    return os.path.relpath(Path.cwd(), folder.absolute())


@contextmanager
def in_directory_of(folder: Path, directory: object) -> Iterator[None]:
    """Work in the directory that ``working_directory_from`` gave, and come back after the block.

    Paths that the block uses itself must be absolute. Where the directory is not known, or does not exist any more, the
    block runs in the present one.

    Args:
        folder: the folder.
        directory: what was kept of it; anything but a string is not known.
    """
    there = folder.absolute() / directory if isinstance(directory, str) and directory else None
    if there is None or "\0" in str(there) or not there.is_dir():
        yield
        return
    with chdir(there):
        yield
