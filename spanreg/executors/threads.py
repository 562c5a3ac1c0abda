"""The number of threads of a worker."""

from __future__ import annotations

import math
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from spanreg.system import available_cores, load_average

VARIABLE = "OMP_NUM_THREADS"
WAITING: Final = "OMP_WAIT_POLICY"
"How threads wait for one another: ``ACTIVE`` spins, ``PASSIVE`` sleeps. It changes no result."

CGROUPS: Final = Path("/sys/fs/cgroup")


def exported_threads() -> int | None:
    """Return the thread count that the environment sets, None where it sets none.

    OpenMP also takes a list, one number for each nested level; the first one counts. It ignores an invalid value, and
    so does this function.
    """
    first = os.environ.get(VARIABLE, "").split(",")[0].strip()
    return int(first) if first.isdecimal() and int(first) > 0 else None


def worker_threads(jobs: int) -> int:
    """Return the threads of each of ``jobs`` workers: the exported number, else an equal share of the usable cores.

    The bits of a training depend on its thread count, so it follows from the environment and the machine alone, not
    from a measurement. With an exported number, a run of a study equals ``spanreg train`` of the same config in the
    same shell.
    """
    return exported_threads() or max(1, usable_cores() // jobs)


def usable_cores() -> int:
    """Return the cores that this process may use: those it may run on, or fewer where a container limits their time."""
    cores = available_cores()
    limit = _limited_cores(CGROUPS)
    return cores if limit is None else max(1, min(cores, math.ceil(limit)))


def waiting_environment(threads: int) -> dict[str, str]:
    """Return the variables that let so many threads of a new process wait well for one another.

    On a machine that others use as well, threads that spin while they wait take the time of the one that they wait for:
    two threads were twice as fast there when waiting ones slept. On an idle machine sleeping costs a tenth. So a
    measurement decides, the load of the last minute. It does not change a bit of the results.
    """
    is_busy = threads > 1 and load_average() + threads > usable_cores() + 0.5
    return {WAITING: "PASSIVE"} if is_busy and WAITING not in os.environ else {}


def _limited_cores(root: Path) -> float | None:
    """Return how many cores' time the control group gives, by version 2 or 1 of the interface; None for no limit."""
    with suppress(OSError, ValueError):
        quota, _, period = (root / "cpu.max").read_text(encoding="ascii").partition(" ")
        return None if quota == "max" else int(quota) / int(period)
    with suppress(OSError, ValueError):
        folder = root / "cpu"
        quota, period = ((folder / f"cpu.cfs_{name}_us").read_text(encoding="ascii") for name in ("quota", "period"))
        return None if int(quota) < 0 else int(quota) / int(period)
    return None
