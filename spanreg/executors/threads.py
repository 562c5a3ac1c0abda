"""The number of threads of a worker."""

from __future__ import annotations

import math
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from spanreg.system import available_cores, load_average

VARIABLE = "OMP_NUM_THREADS"
"Environment variable with the number of threads of torch."
WAITING: Final = "OMP_WAIT_POLICY"
"How threads wait for one another: ``ACTIVE`` spins, ``PASSIVE`` sleeps; no effect on results."

CGROUPS: Final = Path("/sys/fs/cgroup")
"Where Linux shows the limits of a container."


def exported_threads() -> int | None:
    """Return the thread count that the environment sets, or None.

    OpenMP also takes a list, one number for each nested level; the first one counts. It ignores an invalid value, and
    so does this function.
    """
    first = os.environ.get(VARIABLE, "").split(",")[0].strip()
    return int(first) if first.isdecimal() and int(first) > 0 else None


def worker_threads(jobs: int) -> int:
    """Return the threads of each of ``jobs`` workers: the exported number, else an equal share of the usable cores.

    The bits of a training depend on its thread count, so it depends on environment and machine alone, not on a
    measurement. With an exported number, a run of a study equals ``spanreg train`` of the same config in the same
    shell.
    """
    return exported_threads() or max(1, usable_cores() // jobs)


def usable_cores() -> int:
    """Return the number of cores that this process may use; a container may limit it."""
    cores = available_cores()
    limit = _limited_cores(CGROUPS)
    # Rounded up: with a limit of 1.5 cores, one thread would leave half a core unused.
    return cores if limit is None else max(1, min(cores, math.ceil(limit)))


def waiting_environment(threads: int) -> dict[str, str]:
    """Return the environment variables for how the threads of a new process wait for one another.

    On a busy machine, threads that spin while they wait take time from the thread that they wait for: two threads were
    twice as fast when waiting threads slept. On an idle machine, sleeping costs a tenth. The load of the last minute
    decides; results do not depend on it.
    """
    # Half a core of tolerance, because an idle machine also has a load of some tenths.
    is_busy = threads > 1 and load_average() + threads > usable_cores() + 0.5
    return {WAITING: "PASSIVE"} if is_busy and WAITING not in os.environ else {}


def _limited_cores(root: Path) -> float | None:
    """Return the CPU limit of the control group in cores (interface version 2, then 1), or None for no limit."""
    # Neither file exists on systems without control groups.
    with suppress(OSError, ValueError):
        quota, _, period = (root / "cpu.max").read_text(encoding="ascii").partition(" ")
        return None if quota == "max" else int(quota) / int(period)
    with suppress(OSError, ValueError):
        folder = root / "cpu"
        quota, period = ((folder / f"cpu.cfs_{name}_us").read_text(encoding="ascii") for name in ("quota", "period"))
        # The first version writes -1 where the second writes "max".
        return None if int(quota) < 0 else int(quota) / int(period)
    return None
