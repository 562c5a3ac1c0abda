"""Folders for cached results, and for files that only their user may write."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from spanreg.registry import ConfigurationError
from spanreg.storage.cache_root import cache_root
from spanreg.storage.errors import explain_write_errors, raise_write_error
from spanreg.storage.files import make_folder
from spanreg.system import user_id


def make_own_folder(folder: Path) -> None:
    """Make a folder for files whose reading runs code, such as pickles; only its user may write to it.

    Args:
        folder: an existing folder must belong to this user and not be writable by others; a group may share it.

    Raises:
        ConfigurationError: it belongs to another user, or all users may write to it.
    """
    # Security: checked after the folder is made, because another user may have made it first.
    with explain_write_errors(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        about = folder.stat()
    if about.st_uid != user_id() or about.st_mode & stat.S_IWOTH:
        problem = f"other users can write to {folder}, whose files are run"
        raise ConfigurationError(problem, hint="name another folder, or run: chmod o-w")


def cache_folder(kind: str, *, writable: bool = False) -> Path:
    """Return the folder for cached artefacts of one kind, below ``SPANREG_CACHE`` or ``~/.cache/spanreg``.

    An existing folder may be read-only, so that a prepared cache can be used from a read-only disk.

    Args:
        kind: name of the folder.
        writable: raise an error for a folder that is not writable.

    Raises:
        ConfigurationError: the folder does not exist and cannot be made, or is not writable.
    """
    folder = cache_root() / kind
    # ``is_dir`` may raise PermissionError below a folder that this user may not enter.
    with explain_write_errors(folder):
        is_there = folder.is_dir()
    if not is_there:
        make_folder(folder)
    if writable and not os.access(folder, os.W_OK):
        raise_write_error(folder, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))
    return folder
