"""Turn errors of writing files into messages for the user."""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn

from spanreg.registry import ConfigurationError
from spanreg.storage.cache_root import cache_root
from spanreg.system import QUOTA_EXCEEDED, file_size_limit

_NO_ROOM: Final = (errno.ENOSPC, QUOTA_EXCEEDED, errno.EFBIG)
_NOT_WRITABLE: Final = (errno.EACCES, errno.EPERM, errno.EROFS)
_TEXT: Final = re.compile(r"(No space left|os error 28|Disk quota|os error 122)|(File too large|os error 27)\b")
"Messages of safetensors, pyarrow and torch, whose errors have no number: no space, or a file above the limit."
_LITTLE: Final = 1 << 20
"Bytes. If fewer are left, an error that gives no reason is attributed to the full disk or the file size limit."


class UnwrittenError(ConfigurationError):
    """A file or folder that cannot be written for a reason outside of the config, such as a full disk.

    ``write_text(Path("/dev/full"), "text")`` raises it.
    """


class NotWritableError(UnwrittenError):
    """The user may not write to a file or folder, or its file system is read-only.

    ``write_text(Path("/proc/file"), "text")`` raises it.
    """


@contextmanager
def explain_write_errors(path: Path) -> Iterator[None]:
    """Turn each ``OSError`` of the block into an error for the user.

    Raises:
        NotWritableError: ``path`` may not be written.
        UnwrittenError: any other ``OSError``.
    """
    try:
        yield
    except OSError as error:
        raise_write_error(path, error)


@contextmanager
def explain_full_disk(path: Path, written: Path) -> Iterator[None]:
    """Turn errors of a full disk into errors for the user; let others pass, which may concern files being read.

    Args:
        path: path in the message.
        written: the file or folder that the block writes to.

    Raises:
        UnwrittenError: the disk is full, or a file would be larger than this process may write.
    """
    try:
        yield
    # Explained already; an inner block may have written elsewhere.
    except ConfigurationError:
        raise
    except Exception as error:
        number = _lack_of_room(error, written)
        if number is None:
            raise
        raise_write_error(path, OSError(number, ""), error)


def _lack_of_room(error: Exception, written: Path) -> int | None:
    """Return the ``errno`` of an error of a full disk, raised by any library, or None for another error.

    Args:
        error: the error of a writer.
        written: the file or folder that it was writing to.
    """
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return error.errno
    # Libraries written in Rust and C++ raise errors without a number.
    if found := _TEXT.search(str(error)):
        return errno.ENOSPC if found[1] else errno.EFBIG
    # torch raises a RuntimeError that gives no reason, so the disk itself is examined.
    if not isinstance(error, RuntimeError) or not written.exists():
        return None
    limit = file_size_limit()
    if limit is not None and _largest(written) > limit - _LITTLE:
        return errno.EFBIG
    return errno.ENOSPC if shutil.disk_usage(written).free < _LITTLE else None


def raise_write_error(path: Path, error: OSError, cause: Exception | None = None) -> NoReturn:
    """Raise the error for the user that explains an error of the system.

    Args:
        path: path that cannot be written.
        error: error with the ``errno``.
        cause: the exception that was raised; default: ``error``.
    """
    kind = UnwrittenError
    if error.errno == errno.EFBIG:
        reason, hint = "the file would be larger than this process may write", "raise the limit (ulimit -f)"
    elif error.errno in _NO_ROOM:
        reason, hint = "the disk is full", "free some space, or name a folder elsewhere"
    elif error.errno in _NOT_WRITABLE:
        reason, hint, kind = "it is not writable", "name a folder that you may write to", NotWritableError
    else:
        reason, hint = error.strerror or str(error), "name a folder elsewhere"
    if _is_in_cache(path):
        hint += " by the environment variable SPANREG_CACHE"
    raise kind(f"cannot write {path}: {reason}", hint=hint) from cause or error


def _is_in_cache(path: Path) -> bool:
    try:
        return path.is_relative_to(cache_root())
    except ConfigurationError:  # the user has no home folder, so there is no cache
        return False


def _largest(written: Path) -> int:
    """Return the size of the largest file below a folder, or of the file itself, in bytes."""
    files = written.rglob("*") if written.is_dir() else [written]
    return max((file.stat().st_size for file in files), default=0)
