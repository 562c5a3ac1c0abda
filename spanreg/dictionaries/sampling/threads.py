"""Work on several threads, handed back in the order in which it was given out."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, Self, TypeVar

MOST_BY_DEFAULT: Final = 8
"Beyond, threads mostly wait for the interpreter's lock."

_AHEAD: Final = 2

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def default_jobs() -> int:
    """As many threads as this process may use cores, at most ``MOST_BY_DEFAULT``."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST_BY_DEFAULT)


class OrderedThreadPool:
    """Threads for work that NumPy, SciPy, Arrow and zstd do without holding the interpreter's lock.

    All share this process's memory: nothing is copied between them, and none outlives the ``with`` block.

    Parameters:
        jobs: how many; with 1 all is done by the calling thread.
    """

    def __init__(self, jobs: int = 1) -> None:
        self.jobs = jobs
        self._pool = ThreadPoolExecutor(jobs, "spanreg") if jobs > 1 else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def map(self, function: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[_Result]:
        """The results in the order of the items, which are taken by the caller's thread, only a few in advance."""
        if self._pool is None:
            yield from map(function, items)
            return
        under_way: deque[Future[Any]] = deque()
        for item in items:
            under_way.append(self._pool.submit(function, item))
            if len(under_way) >= _AHEAD * self.jobs:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
