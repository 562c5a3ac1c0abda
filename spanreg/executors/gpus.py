"""The GPUs of this machine, and when a run may start on one."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

VARIABLE: Final = "CUDA_VISIBLE_DEVICES"
"Environment variable with the GPUs that a process may use."

_ORDER: Final = "CUDA_DEVICE_ORDER"
"Environment variable that decides how CUDA numbers GPUs."

FreeMemory = Callable[[], Mapping[str, float]]
"Returns the free memory of each GPU in gigabytes, by its name; empty if unknown."

_TIMEOUT: Final = 20.0
"Longest wait for ``nvidia-smi``, in seconds."
_LOOKS: Final = 1.0
"Seconds between two looks at the free memory while a run waits."
_MARGIN: Final = 1.2
"A run starts on a shared GPU if this many times the memory of the largest run so far is free."


def visible_gpus() -> list[str]:
    """Return the names of the GPUs that this process may use, as in ``CUDA_VISIBLE_DEVICES``; empty without any.

    The driver's own tool is asked, since a query through torch would take memory on a GPU.
    """
    exported = os.environ.get(VARIABLE)
    if exported is not None:
        names = [name.strip() for name in exported.split(",")]
        # CUDA stops at the first invalid name; -1 is the usual one to hide all GPUs.
        return [name for name in names if name] if "-1" not in names else names[: names.index("-1")]
    return list(free_memory())


def free_memory() -> dict[str, float]:
    """Return the free memory of every GPU in gigabytes, by its index; empty if it cannot be read."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return {}
    command = [tool, "--query-gpu=index,memory.free", "--format=csv,noheader,nounits"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=_TIMEOUT).stdout
        pairs = [line.split(",") for line in found.splitlines() if line.strip()]
        return {index.strip(): float(free) / 1024 for index, free in pairs}
    except (OSError, subprocess.SubprocessError, ValueError):
        return {}


def gpu_environment(gpu: str | None) -> dict[str, str]:
    """Return the environment variables by which a process sees one GPU.

    Args:
        gpu: one of ``visible_gpus``; empty for none, None for all those of this process.
    """
    if gpu is None:
        return {}
    # nvidia-smi numbers GPUs by their place in the machine, CUDA the fastest first unless it is asked for the former.
    # Numbers that the user has exported are in the user's order.
    return {VARIABLE: gpu} if VARIABLE in os.environ else {VARIABLE: gpu, _ORDER: "PCI_BUS_ID"}


class GpuPool:
    """Lets runs start on a GPU when it is free, or has enough free memory in addition to what its runs use.

    ``with GpuPool(["0", "1"]).held("0"): ...``

    A run may always start on a GPU without any. A further one starts when the memory that is free, and not needed by
    the running ones, is at least what a run needs: ``memory`` if it is given, otherwise the most that a single run used
    until it ended, with a margin. Before that, and where the free memory is unknown, runs of one GPU follow one
    another.

    Parameters:
        gpus: names of the GPUs.
        memory: gigabytes that a run needs; default: measured.
        free: returns the free memory by name.
        wait: seconds between two looks at it while a run waits.
    """

    def __init__(
        self,
        gpus: Sequence[str],
        memory: float | None = None,
        free: FreeMemory = free_memory,
        wait: float = _LOOKS,
    ) -> None:
        self._memory = memory
        self._free = free
        self._wait = wait
        self._running: Counter[str] = Counter()
        self._before: dict[str, float] = {}
        self._largest = 0.0
        self._ended = False
        "Whether a run has ended whose memory was seen: a run that has just started has not allocated all of it yet."
        self._changed = threading.Condition()
        self._closed = False
        self.gpus = list(gpus)

    @contextmanager
    def held(self, gpu: str) -> Iterator[bool]:
        """Wait until a run may start on a GPU, and count it while the block runs.

        Yields False, without waiting, if the pool is closed.
        """
        with self._changed:
            # With a timeout, since other programs free memory without notifying this pool.
            while not self._closed and not self._may_start(gpu):
                self._changed.wait(self._wait)
            is_open = not self._closed
            self._running[gpu] += is_open
        try:
            yield is_open
        finally:
            with self._changed:
                self._running[gpu] -= is_open
                self._ended |= self._largest > 0
                self._changed.notify_all()

    def close(self) -> None:
        """Let all waiting runs give up."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _may_start(self, gpu: str) -> bool:
        free = self._free().get(gpu)
        if not self._running[gpu]:
            # The use of the run that starts now is the difference to this value.
            if free is not None:
                self._before[gpu] = free
            return True
        if free is None:
            return False
        if self._running[gpu] == 1:
            # Only a single run shows its own use; that of several cannot be told apart.
            self._largest = max(self._largest, self._before.get(gpu, free) - free)
        # Before a run was seen to its end, nothing is known to fit.
        needed = self._memory or (self._largest * _MARGIN if self._ended else 0.0)
        # A running one may not have allocated its memory yet, so that it counts with what it needs.
        unclaimed = self._before.get(gpu, free) - self._running[gpu] * needed
        return 0 < needed <= min(free, unclaimed)
