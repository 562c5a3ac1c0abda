"""Checkpoints of sampling, from which an interrupted sampling resumes after its last finished pass."""

from __future__ import annotations

import errno
import logging
import os
import secrets
import shutil
import stat
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from spanreg import storage
from spanreg.dictionaries.sampling.streams import IdStream
from spanreg.registry import ConfigurationError
from spanreg.scorers.base import NeighbourStatistics, NgramLevel, NgramSample
from spanreg.system import QUOTA_EXCEEDED, user_id

_logger = logging.getLogger(__name__)

_FILE: Final = "state.npz"
_STREAMS: Final = ("stream", "words", "documents")
"Attributes of a state that are streams, each in a separate file."
_UNREADABLE: Final = (OSError, EOFError, LookupError, TypeError, ValueError, RuntimeError, BadZipFile, zlib.error)
"Exceptions of numpy and zipfile for a damaged archive, and of our code for one with other contents."
_COLUMNS: Final = ("words", "counts", "prefixes", "suffixes")
"Attributes of a level that every sampling has."
_FULL: Final = (errno.ENOSPC, QUOTA_EXCEEDED, errno.EFBIG)
"Error numbers of a full disk, an exceeded quota, and a limit on the size of files."


@dataclass(frozen=True, slots=True)
class SamplingState:
    """State of a sampling, after the corpus was read or after a level.

    ``load_state(folder)`` returns that of an interrupted sampling.
    """

    sample: NgramSample
    "Sample with the finished levels."
    stream: IdStream
    "N-grams of the last level, one for each place; before the first level, the words."
    words: IdStream | None
    "All words, if places are needed."
    documents: IdStream | None
    "Document of each word, if places are needed."


@contextmanager
def working_folder(key: str) -> Iterator[tuple[Path, bool]]:
    """Provide a folder for data that does not fit into memory, and True if a later call finds it again.

    All calls with the same key get the same folder. It is kept if the user interrupts the work or the process is
    killed, and is removed after success and after errors. Without a key, or if another process uses the folder, it is a
    new one, which is always removed.

    ``with working_folder(key) as (folder, lasting): ...``

    Args:
        key: hexadecimal digits that identify the work; empty for a folder that is not found again.

    Raises:
        ConfigurationError: the disk is full.
    """
    with _clear_full_disk(), ExitStack() as stack:
        folder = _lasting_folder(key, stack) if key else None
        lasting = folder is not None
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="spanreg-sampling-")))
        try:
            yield folder, lasting
        except KeyboardInterrupt:
            if lasting:
                _logger.warning("The last finished pass is kept in %s: the same command resumes after it", folder)
            raise
        except BaseException:
            # Not kept after an error: a full disk, the most likely one, must not stay full.
            _remove(folder, lasting)
            raise
        _remove(folder, lasting)


@contextmanager
def _clear_full_disk() -> Iterator[None]:
    """Turn an error of a full disk into a message for the user.

    Raises:
        ConfigurationError: the disk of the folder for temporary files is full, which may be another than the output's.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        hint = "free some, or set the environment variable TMPDIR to another folder"
        raise ConfigurationError(f"no space left for sampling in {tempfile.gettempdir()}", hint=hint) from error


def save_state(folder: Path, state: SamplingState) -> None:
    """Write the state to a folder, completely or not at all."""
    arrays: dict[str, NDArray[Any]] = {
        # One string: an array of Python strings would have to be pickled, and a pickle from others could run code.
        "words": np.frombuffer("\n".join(state.sample.words).encode(), dtype=np.uint8),
        "word_counts": state.sample.word_counts,
        "totals": np.array([state.sample.total_words, state.sample.covered_words]),
    }
    for place, level in enumerate(state.sample.levels):
        arrays.update({f"{place}.{name}": array for name, array in _level_arrays(level)})
    for name in _STREAMS:
        stream: IdStream | None = getattr(state, name)
        if stream is not None:
            # The name without its folder: reading must not follow a path that is written in a file.
            arrays[f"stream.{name}"] = np.array([stream.path.name, str(int(stream.merge_gaps)), str(stream.size)])
    # Opened here, because NumPy would append .npz to the name of the temporary file.
    with storage.whole_file(folder / _FILE) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def load_state(folder: Path) -> SamplingState | None:
    """Return the state of an interrupted sampling; None if there is none, or it cannot be read."""
    try:
        with np.load(folder / _FILE, allow_pickle=False) as loaded:
            # The archive reads an array at its first use, so all are read before it is closed.
            arrays = dict(loaded)
        return _state(arrays, folder)
    except _UNREADABLE:
        return None


def _state(arrays: dict[str, NDArray[Any]], folder: Path) -> SamplingState:
    """Return the state that ``save_state`` wrote as arrays; other contents raise one of ``_UNREADABLE``."""
    text = arrays["words"].tobytes().decode()
    total, covered = arrays["totals"].tolist()
    levels: list[NgramLevel] = []
    while f"{(place := len(levels))}.counts" in arrays:
        words, counts, prefixes, suffixes = (arrays[f"{place}.{name}"] for name in _COLUMNS)
        left, right = (_neighbours(arrays, f"{place}.{side}.") for side in ("left", "right"))
        documents = arrays.get(f"{place}.documents")
        levels.append(NgramLevel(words, counts, prefixes, suffixes, left, right, documents))
    sample = NgramSample(text.split("\n") if text else [], arrays["word_counts"], levels, total, covered)
    streams = {name: _stream(arrays[f"stream.{name}"], folder) for name in _STREAMS if f"stream.{name}" in arrays}
    return SamplingState(sample, streams["stream"], streams.get("words"), streams.get("documents"))


def _stream(written: NDArray[Any], folder: Path) -> IdStream:
    """Return a stream that ``save_state`` recorded.

    Raises:
        ValueError: the file is not the recorded one; after a power cut it may be incomplete.
    """
    name, merge_gaps, size = written.tolist()
    if fault := storage.name_fault(name):
        raise ValueError(fault)
    stream = IdStream.written(folder / name, merge_gaps=merge_gaps == "1")
    if stream.size != int(size):
        raise ValueError(f"{stream.path} has {stream.size} ids, and {size} were written")
    return stream


def _level_arrays(level: NgramLevel) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield the arrays of a level by name; statistics that were not needed are left out."""
    for field in fields(level):
        value = getattr(level, field.name)
        if isinstance(value, NeighbourStatistics):
            yield f"{field.name}.distinct", value.distinct
            yield f"{field.name}.entropy", value.entropy
        elif value is not None:
            yield field.name, value


def _neighbours(arrays: dict[str, NDArray[Any]], prefix: str) -> NeighbourStatistics | None:
    if f"{prefix}distinct" not in arrays:
        return None
    return NeighbourStatistics(arrays[f"{prefix}distinct"], arrays[f"{prefix}entropy"])


def _lasting_folder(key: str, stack: ExitStack) -> Path | None:
    """Return the locked folder of a key; None if it is in use, or belongs to another user."""
    user = user_id()
    folder = Path(tempfile.gettempdir()) / f"spanreg-sampling-{user}-{key[:32]}"
    # The owner of the lock may remove the folder between any of these steps, and another process may create it again.
    try:
        # Security: the name is predictable, so other users must not be able to write into the folder.
        folder.mkdir(mode=0o700, exist_ok=True)
        if not _is_own(folder, user):
            return None
        handle = stack.enter_context(storage.locked(folder / "lock", wait=False, make_parent=False))
        # Renamed folders of processes that were killed while removing them.
        for aside in folder.parent.glob(f"{folder.name}-*"):
            shutil.rmtree(aside, ignore_errors=True)
    except (BlockingIOError, FileExistsError, ConfigurationError):
        return None
    # The lock may be on a file of a folder that its owner was just removing: it then protects nothing.
    return folder if _is_own(folder, user) and _is_file(handle, folder / "lock") else None


def _is_own(folder: Path, user: int) -> bool:
    """Return True if a folder belongs to this user and is inaccessible to others."""
    try:
        # Security: not stat(), which would follow a link that another user has made.
        about = folder.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(about.st_mode) and about.st_uid == user and not about.st_mode & 0o077


def _is_file(handle: int, path: Path) -> bool:
    """Return True if an open file is the one that has this name now."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _remove(folder: Path, lasting: bool) -> None:
    """Remove a lasting folder; a temporary one is removed by its context."""
    if lasting:
        # Renamed first, so that no other process resumes from a partly removed folder.
        aside = folder.with_name(f"{folder.name}-{secrets.token_hex(8)}")
        with suppress(OSError):  # such as a full disk: the next sampling uses or removes the folder
            folder.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)
