"""Thread pool whose results keep the order of the items."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, Self, TypeVar

from spanreg.system import available_cores

MOST_BY_DEFAULT: Final = 8
"Largest number of threads by default; more would mostly wait for the global interpreter lock."

_AHEAD: Final = 2
"Number of items per thread that are requested in advance: one in work, one that waits."

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def default_jobs() -> int:
    """Return the number of cores available to this process, at most ``MOST_BY_DEFAULT``."""
    return min(available_cores(), MOST_BY_DEFAULT)


class OrderedThreadPool:
    """Thread pool for work of NumPy, SciPy, Arrow and zstd, which release the global interpreter lock.

    Compared with processes, threads share the vocabulary and the tables without copies or pickled arguments.

    ``with OrderedThreadPool(4) as pool: results = list(pool.map(function, items))``

    Parameters:
        jobs: number of threads; with 1, the calling thread does all work.
    """

    def __init__(self, jobs: int = 1) -> None:
        self.jobs = jobs
        self._pool = ThreadPoolExecutor(jobs, "spanreg") if jobs > 1 else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._pool is not None:
            # After an error, blocks that no thread has started would delay it.
            self._pool.shutdown(cancel_futures=True)

    def map(self, function: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[_Result]:
        """Yield the results in the order of the items, of which only a few are requested in advance."""
        if self._pool is None:
            yield from map(function, items)
            return
        pending: deque[Future[Any]] = deque()
        for item in items:
            pending.append(self._pool.submit(function, item))
            # Items may be large blocks of text: a bounded queue keeps memory bounded.
            if len(pending) >= _AHEAD * self.jobs:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
