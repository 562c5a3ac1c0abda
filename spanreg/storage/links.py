"""Refuse symbolic links that lead out of a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from spanreg.registry import ConfigurationError


def require_links_inside(folder: Path, *, depth: int | None = None) -> None:
    """Raise an error if a symbolic link in a folder leads out of it; call this before writing there.

    ``require_links_inside(Path("runs/first"))``

    A folder may come from a stranger, and a link in it would redirect what is written to another place. The folder
    itself may be a link, because the user named it.

    Args:
        folder: the folder; it may be missing.
        depth: levels of folders to check; default: all.

    Raises:
        ConfigurationError: a link leads out of the folder.
    """
    root = Path(os.path.realpath(folder))
    for link in _links(root, depth):
        # Resolved to the end, because the target of a link may be a link.
        if not Path(os.path.realpath(link)).is_relative_to(root):
            raise ConfigurationError(
                f"{folder / link.relative_to(root)} is a link that leads out of {folder}",
                hint="replace it by its target, or name another folder",
            )


def _links(folder: Path, depth: int | None) -> Iterator[Path]:
    waiting = [(folder, 1)]
    while waiting:
        current, level = waiting.pop()
        try:
            entries = list(os.scandir(current))
        except OSError:  # missing, or just removed by another process
            continue
        for entry in entries:
            if entry.is_symlink():
                yield Path(entry.path)
            # Links are checked but not followed, so a loop of links ends here.
            elif level != depth and entry.is_dir(follow_symlinks=False):
                waiting.append((Path(entry.path), level + 1))
