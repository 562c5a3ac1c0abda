"""Measure the memory of a training, and turn out-of-memory errors into advice."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import torch

from spanreg.registry import ConfigurationError

_PROCESS: Final = Path("/proc/self")
_RESET_PEAK: Final = "5"
"What sets the peak of a process to its present use, written to ``clear_refs``; see proc_pid_clear_refs(5)."

_SIGNS: Final = ("can't allocate memory", "out of memory", "not enough memory")
"Texts of out-of-memory errors that are plain RuntimeErrors."


class PeakMemory:
    """The most memory that a training uses at one time, over all its sessions, its evaluations included.

    On a GPU, it is what torch allocates there. On the CPU, it is the resident memory of the whole process, libraries
    and data included, which only Linux reports.

    ``with peak.measured(torch.device("cpu")): train()``, then ``peak.bytes``.
    """

    def __init__(self) -> None:
        self.bytes: int | None = None
        "None before the first measurement, and where the system does not report it; set it to continue a session."

    @contextmanager
    def measured(self, device: torch.device) -> Iterator[None]:
        """Include the peak of the block."""
        resets = _reset(device)
        try:
            yield
        finally:
            found = _read(device) if resets else None
            self.bytes = max((one for one in (self.bytes, found) if one is not None), default=None)


def _reset(device: torch.device) -> bool:
    """Start a new peak, and return whether it can be read afterwards."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        return True
    _return_free_memory()
    with suppress(OSError):
        (_PROCESS / "clear_refs").write_text(_RESET_PEAK, encoding="ascii")
        return True
    return False


def _read(device: torch.device) -> int | None:
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    with suppress(OSError, StopIteration):
        # Any bytes, because the file begins with the name of the program.
        lines = (_PROCESS / "status").read_text(encoding="ascii", errors="replace").splitlines()
        # Such as "VmHWM:    123456 kB".
        return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) * 1024
    return None


def _return_free_memory() -> None:
    """Return the memory that earlier runs of this process have freed to the system, where the C library can do that."""
    # glibc keeps freed memory: without this, a run in a process that made others before would seem to use more.
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


@contextmanager
def memory_advice(describe: Callable[[], str], hint: str) -> Iterator[None]:
    """Turn an out-of-memory error within the block into an error for the user.

    Args:
        describe: returns where the program was; called only after an error, since it may read tensors.
        hint: what to lower.

    Raises:
        ConfigurationError: there is not enough memory.
    """
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise ConfigurationError(f"out of memory {describe()}", path="training", hint=hint) from error


def is_out_of_memory(error: Exception) -> bool:
    """Return whether an error means that memory is short, on the CPU or on a GPU."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    # torch has a class for GPUs only; its allocator on the CPU raises a plain RuntimeError.
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in _SIGNS)
