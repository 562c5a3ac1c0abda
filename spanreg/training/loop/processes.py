"""What several processes of one training agree on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from spanreg.storage import clear_full_disk, whole_folder


def is_main_process() -> bool:
    """Whether this process writes; the only one of a training usually, the first of several."""
    return int(os.environ.get("RANK", "0")) == 0


def process_count() -> int:
    """Processes of this training, as the launcher (``torchrun``, ``accelerate launch``) says."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def from_main(value: Any) -> Any:
    """The first process's value, in all of them."""
    if process_count() == 1:
        return value
    from accelerate.utils import broadcast_object_list  # heavy, and of no use to one process

    values = [value]
    broadcast_object_list(values)
    return values[0]


def wait_for_all() -> None:
    """Goes on when all processes are here."""
    if process_count() > 1:
        from accelerate import PartialState

        PartialState().wait_for_everyone()


@contextmanager
def folder_of_all(path: Path, seal: Callable[[Path], None]) -> Iterator[Path]:
    """Gives all processes one temporary folder; it takes the place of ``path`` when all have left the block.

    Args:
        path: the folder in the end.
        seal: called by the first process with the temporary folder when all have written.

    Raises:
        ConfigurationError: the folder above is not writable, or the disk is full.
    """
    if is_main_process():
        with whole_folder(path) as temporary:
            from_main(str(temporary))
            yield temporary
            wait_for_all()
            seal(temporary)
    else:
        folder = Path(from_main(None))
        with clear_full_disk(path, folder):
            yield folder
        wait_for_all()
    wait_for_all()


def any_process(flag: bool) -> bool:
    """Whether the flag is set in any process."""
    if process_count() == 1:
        return flag
    from accelerate.utils import gather_object

    return any(gather_object([flag]))
