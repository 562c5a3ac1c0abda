"""What sampling has found out so far, kept on disk so that an interrupted one goes on after its last finished pass."""

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

_logger = logging.getLogger(__name__)

_FILE: Final = "state.npz"
_STREAMS: Final = ("stream", "words", "documents")
_UNREADABLE: Final = (OSError, EOFError, LookupError, TypeError, ValueError, RuntimeError, BadZipFile, zlib.error)
"What numpy and zipfile raise over a damaged archive, and what is raised over one that holds something else."
_COLUMNS: Final = ("words", "counts", "prefixes", "suffixes")
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, slots=True)
class SamplingState:
    """How far sampling is: after the corpus was read, or after a level."""

    sample: NgramSample
    "With the levels that are finished."
    stream: IdStream
    "The n-grams of the last level place by place; before the first one, the words."
    words: IdStream | None
    "All words, where places matter."
    documents: IdStream | None
    "The document of each word, where places matter."


@contextmanager
def working_folder(key: str) -> Iterator[tuple[Path, bool]]:
    """A folder for what does not fit into memory, and whether what is in it will be found again.

    With a key it is the same for all calls with that key: it stays if the user interrupts the work or the process is
    killed, and is gone after success and after errors. Without one, or if another process is using it, it is a new one
    that is gone in any case.

    Raises:
        ConfigurationError: the disk is full.
    """
    with ExitStack() as stack:
        folder = _lasting_folder(key, stack) if key else None
        lasting = folder is not None
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="spanreg-sampling-")))
        try:
            yield folder, lasting
        except KeyboardInterrupt:
            if lasting:
                _logger.warning("The same sampling will go on after the last finished pass, kept in %s", folder)
            raise
        except OSError as error:
            _remove(folder, lasting)
            if error.errno not in _FULL:
                raise
            hint = "free some, or name another folder by the environment variable TMPDIR"
            raise ConfigurationError(f"no space is left to sample in {folder.parent}", hint=hint) from error
        except BaseException:
            _remove(folder, lasting)
            raise
        _remove(folder, lasting)


def save_state(folder: Path, state: SamplingState) -> None:
    """Writes the state whole or not at all."""
    arrays: dict[str, NDArray[Any]] = {
        "words": np.frombuffer("\n".join(state.sample.words).encode(), dtype=np.uint8),
        "word_counts": state.sample.word_counts,
        "totals": np.array([state.sample.total_words, state.sample.covered_words]),
    }
    for place, level in enumerate(state.sample.levels):
        arrays.update({f"{place}.{name}": array for name, array in _arrays(level)})
    for name in _STREAMS:
        stream: IdStream | None = getattr(state, name)
        if stream is not None:
            arrays[f"stream.{name}"] = np.array([stream.path.name, str(int(stream.merge_gaps)), str(stream.size)])
    with storage.whole_file(folder / _FILE) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def load_state(folder: Path) -> SamplingState | None:
    """The state that an interrupted sampling left; None where there is none, or one that cannot be read."""
    try:
        with np.load(folder / _FILE, allow_pickle=False) as loaded:
            arrays = dict(loaded)
        return _state(arrays, folder)
    except _UNREADABLE:
        return None


def _state(arrays: dict[str, NDArray[Any]], folder: Path) -> SamplingState:
    text = arrays["words"].tobytes().decode()
    total, covered = arrays["totals"].tolist()
    levels: list[NgramLevel] = []
    while f"{len(levels)}.counts" in arrays:
        levels.append(_level(arrays, f"{len(levels)}."))
    sample = NgramSample(text.split("\n") if text else [], arrays["word_counts"], levels, total, covered)
    streams = {name: _stream(arrays[f"stream.{name}"], folder) for name in _STREAMS if f"stream.{name}" in arrays}
    return SamplingState(sample, streams["stream"], streams.get("words"), streams.get("documents"))


def _stream(written: NDArray[Any], folder: Path) -> IdStream:
    """Return a stream that ``save_state`` recorded.

    Raises:
        ValueError: it is not the one that was recorded; a power cut may leave a part of it.
    """
    name, merge_gaps, size = written.tolist()
    if fault := storage.name_fault(name):
        raise ValueError(fault)
    stream = IdStream.written(folder / name, merge_gaps=merge_gaps == "1")
    if stream.size != int(size):
        raise ValueError(f"{stream.path} has {stream.size} ids, and {size} were written")
    return stream


def _arrays(level: NgramLevel) -> Iterator[tuple[str, NDArray[Any]]]:
    for field in fields(level):
        value = getattr(level, field.name)
        if isinstance(value, NeighbourStatistics):
            yield f"{field.name}.distinct", value.distinct
            yield f"{field.name}.entropy", value.entropy
        elif value is not None:
            yield field.name, value


def _level(arrays: dict[str, NDArray[Any]], prefix: str) -> NgramLevel:
    words, counts, prefixes, suffixes = (arrays[prefix + name] for name in _COLUMNS)
    left, right = (_neighbours(arrays, f"{prefix}{side}.") for side in ("left", "right"))
    return NgramLevel(words, counts, prefixes, suffixes, left, right, arrays.get(f"{prefix}documents"))


def _neighbours(arrays: dict[str, NDArray[Any]], prefix: str) -> NeighbourStatistics | None:
    if f"{prefix}distinct" not in arrays:
        return None
    return NeighbourStatistics(arrays[f"{prefix}distinct"], arrays[f"{prefix}entropy"])


def _lasting_folder(key: str, stack: ExitStack) -> Path | None:
    """The key's own folder, locked; None where it is in use or another user's."""
    user = os.getuid()
    folder = Path(tempfile.gettempdir()) / f"spanreg-sampling-{user}-{key[:32]}"
    # Whoever has the lock may remove the folder at any of these steps, and somebody may make it anew.
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if not _is_own(folder, user):
            return None
        handle = stack.enter_context(storage.locked(folder / "lock", wait=False, make_parent=False))
        _remove_asides(folder)
    except (BlockingIOError, FileExistsError, ConfigurationError):
        return None
    return folder if _is_own(folder, user) and _is_file(handle, folder / "lock") else None


def _is_own(folder: Path, user: int) -> bool:
    """Whether a folder is this user's and nobody else may look into it."""
    try:
        about = folder.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(about.st_mode) and about.st_uid == user and not about.st_mode & 0o077


def _is_file(handle: int, path: Path) -> bool:
    """Whether an open file is the one that has this name now."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _remove(folder: Path, lasting: bool) -> None:
    """Remove a lasting folder at one stroke, so that no other process takes what is left for a whole one."""
    if lasting:
        aside = folder.with_name(f"{folder.name}-{secrets.token_hex(8)}")
        with suppress(OSError):  # the disk is full, say: the next sampling uses or removes it
            folder.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)


def _remove_asides(folder: Path) -> None:
    """Remove what processes that were killed while they removed a lasting folder of this name left."""
    for aside in folder.parent.glob(f"{folder.name}-*"):
        shutil.rmtree(aside, ignore_errors=True)
