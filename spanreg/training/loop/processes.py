"""Communication between the processes of a distributed training."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from spanreg.storage import explain_full_disk, whole_folder


def is_main_process() -> bool:
    """Return whether this process writes files: the only one of a training, or the first of several."""
    return int(os.environ.get("RANK", "0")) == 0


def process_count() -> int:
    """Return the number of processes of this training, which the launcher (such as ``torchrun``) sets."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def from_main(value: Any) -> Any:
    """Return the value of the first process, in all processes."""
    if process_count() == 1:
        return value
    from accelerate.utils import broadcast_object_list  # slow to import, and not needed by a single process

    values = [value]
    broadcast_object_list(values)
    return values[0]


def wait_for_all() -> None:
    """Wait until all processes have reached this call."""
    if process_count() > 1:
        from accelerate import PartialState

        PartialState().wait_for_everyone()


@contextmanager
def folder_of_all(path: Path, seal: Callable[[Path], None]) -> Iterator[Path]:
    """Yield one temporary folder to all processes; it replaces ``path`` when all have left the block.

    Args:
        path: the final folder.
        seal: called by the first process with the temporary folder, after all have written.

    Raises:
        ConfigurationError: the folder above is not writable, or the disk is full.
    """
    if is_main_process():
        with whole_folder(path) as temporary:
            from_main(str(temporary))  # the other processes are in their own call of it
            yield temporary
            # The manifest covers the files of all processes, so none may still be writing.
            wait_for_all()
            seal(temporary)
    else:
        folder = Path(from_main(None))
        with explain_full_disk(path, folder):
            yield folder
        wait_for_all()
    # Nobody continues before the folder has its final name.
    wait_for_all()


def any_process(flag: bool) -> bool:
    """Return whether the flag is set in any process."""
    if process_count() == 1:
        return flag
    from accelerate.utils import gather_object

    return any(gather_object([flag]))
