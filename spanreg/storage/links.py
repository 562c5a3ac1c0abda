"""Refuse symbolic links that lead out of a folder, and pipes and devices in it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from spanreg.registry import ConfigurationError


def require_links_inside(folder: Path, *, depth: int | None = None) -> None:
    """Raise an error if a symbolic link in a folder leads out of it; call this before writing there.

    ``require_links_inside(Path("runs/first"))``

    A folder may come from a stranger, and a link in it would redirect what is written to another place. A pipe or a
    device in it would block the writer for ever, or receive what is written. The folder itself may be a link, because
    the user named it.

    Args:
        folder: the folder; it may be missing.
        depth: levels of folders to check; default: all.

    Raises:
        ConfigurationError: a link leads out of the folder, or there is a pipe or a device in it.
    """
    root = Path(os.path.realpath(folder))
    for entry in _links_and_special_files(root, depth):
        if not entry.is_symlink():
            raise ConfigurationError(
                f"{folder / Path(entry.path).relative_to(root)} is a pipe or a device, not a file",
                hint="remove it, or name another folder",
            )
        link = Path(entry.path)
        # Resolved to the end, because the target of a link may be a link.
        if not Path(os.path.realpath(link)).is_relative_to(root):
            raise ConfigurationError(
                f"{folder / link.relative_to(root)} is a link that leads out of {folder}",
                hint="replace it by its target, or name another folder",
            )


def _links_and_special_files(folder: Path, depth: int | None) -> Iterator[os.DirEntry[str]]:
    waiting = [(folder, 1)]
    while waiting:
        current, level = waiting.pop()
        try:
            entries = list(os.scandir(current))
        except OSError:  # missing, or just removed by another process
            continue
        for entry in entries:
            # Links are checked but not followed, so a loop of links ends here.
            if entry.is_dir(follow_symlinks=False):
                if level != depth:
                    waiting.append((Path(entry.path), level + 1))
            elif entry.is_symlink() or _is_special(entry):
                yield entry


def _is_special(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a pipe or a device; a socket is neither, because it cannot be opened at all."""
    if entry.is_file(follow_symlinks=False):
        return False
    try:
        mode = entry.stat(follow_symlinks=False).st_mode
    except OSError:  # just removed by another process
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISBLK(mode)
