"""The number of threads of a worker."""

from __future__ import annotations

import os

VARIABLE = "OMP_NUM_THREADS"


def exported_threads() -> int | None:
    """Return the thread count that the environment sets, None where it sets none.

    OpenMP also takes a list, one number for each nested level; the first one counts. It ignores an invalid value, and
    so does this function.
    """
    first = os.environ.get(VARIABLE, "").split(",")[0].strip()
    return int(first) if first.isdecimal() and int(first) > 0 else None


def worker_threads(jobs: int) -> int:
    """Return the threads of each of ``jobs`` workers: the exported number, else an equal share of the cores.

    The bits of a training depend on its thread count. With an exported number, a run of a study equals
    ``spanreg train`` of the same config in the same shell.
    """
    return exported_threads() or max(1, len(os.sched_getaffinity(0)) // jobs)
