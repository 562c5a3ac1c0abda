"""Symbolic links in folders that are written to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from spanreg.registry import ConfigurationError


def require_no_way_out(folder: Path, *, depth: int | None = None) -> None:
    """Check that no symbolic link in a folder leads out of it, before something is written there.

    A folder may come from a stranger, and a link in it makes what is written inside appear somewhere else. The folder
    itself may be a link: the user named it.

    Args:
        folder: the folder; it need not exist.
        depth: levels of folders to look at; default: all.

    Raises:
        ConfigurationError: a link leads out of the folder.
    """
    root = Path(os.path.realpath(folder))
    for link in _links(root, depth):
        if not Path(os.path.realpath(link)).is_relative_to(root):
            raise ConfigurationError(
                f"{folder / link.relative_to(root)} is a link that leads out of {folder}",
                hint="replace it by what it leads to, or name another folder",
            )


def _links(folder: Path, depth: int | None) -> Iterator[Path]:
    waiting = [(folder, 1)]
    while waiting:
        current, level = waiting.pop()
        try:
            entries = list(os.scandir(current))
        except OSError:  # it is not there, or another process has just removed it
            continue
        for entry in entries:
            if entry.is_symlink():
                yield Path(entry.path)
            elif level != depth and entry.is_dir(follow_symlinks=False):
                waiting.append((Path(entry.path), level + 1))
