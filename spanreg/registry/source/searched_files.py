"""Read text files that are only searched for a hint, and that nobody named."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from spanreg.system import CLOSE_ON_EXEC, NOT_WAITING

MOST_BYTES: Final = 1 << 20
"Bytes of a file that are searched: components and configs are at its beginning, and lines of generated data below."

_OPEN: Final = os.O_RDONLY | CLOSE_ON_EXEC | NOT_WAITING | getattr(os, "O_NOCTTY", 0)
"""Opens a pipe without waiting for its writer, and a terminal without making it that of this process."""


def searched_text(file: Path) -> str:
    """Return the first ``MOST_BYTES`` of a text file; empty for one that cannot be read.

    ``searched_text(Path("my_components.py"))``

    The file may be a stranger's, in a folder that the user entered: a pipe, a device or gigabytes must not stop a
    command that only wants to give a hint. Bytes that are not UTF-8 are replaced.

    Args:
        file: the file.
    """
    # Links to nothing, such as the lock files of Emacs, cannot be opened either: one file must not end a search.
    with suppress(OSError):
        handle = os.open(file, _OPEN)
        # Checked after opening: a file that is replaced in between would pass an earlier check.
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            return ""
        with open(handle, "rb") as stream:
            return stream.read(MOST_BYTES).decode("utf-8", "replace")
    return ""
