"""Restore the working directory that a saved folder was made in, so that its relative paths stay valid."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path


def working_directory_from(folder: Path) -> str:
    """Return the working directory relative to a folder, which stays valid when both are moved together."""
    return os.path.relpath(Path.cwd(), folder.absolute())


@contextmanager
def in_directory_of(folder: Path, directory: object) -> Iterator[None]:
    """Change to the directory that ``working_directory_from`` returned, for the duration of the block.

    Paths that the block itself uses must be absolute. If the directory is unknown or does not exist any more, the
    working directory does not change.

    Args:
        folder: the folder.
        directory: the saved directory; anything but a string is unknown.
    """
    target = folder.absolute() / directory if isinstance(directory, str) and directory else None
    if target is None or "\0" in str(target) or not target.is_dir():
        yield
        return
    with chdir(target):
        yield
